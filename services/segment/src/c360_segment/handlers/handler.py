"""The handler the worker calls."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.log.entry import Entry
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_at

from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.evaluation import evaluate
from c360_segment.handlers.folding import fold
from c360_segment.handlers.incoming import read_batch
from c360_segment.store.port import SegmentUnit


class SegmentHandler:
    """Folds `profiles`, `events` and `identities`; the state does not depend on their order.

    Is woken for what runs out by itself.
    """

    def __init__(self, segments: Segments) -> None:
        self._segments = segments

    async def handle(self, unit: SegmentUnit, entries: Sequence[Entry]) -> None:
        """Fold a batch and evaluate the customers it touched."""
        touched = await fold(unit, self._segments, read_batch(entries))
        await evaluate(unit, self._segments, touched)

    async def wake(self, unit: SegmentUnit, due: Sequence[Scheduled]) -> None:
        """Something of these customers may have run out; `due` are their ids."""
        moments = {key: moment for moment, key in sorted(due)}
        touched = {key: Cause(stamp_at(moment), moment) for key, moment in moments.items()}
        await evaluate(unit, self._segments, touched)
