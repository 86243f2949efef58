"""The handler the worker calls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from c360_kernel.log.entry import Entry
from c360_kernel.objects.following import is_object
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_at

from c360_segment.domain.changes import NOTHING
from c360_segment.domain.live import LiveSegments
from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.accounts import is_account, keep_accounts, touched_by_accounts
from c360_segment.handlers.catalog_change import brought_up
from c360_segment.handlers.evaluation import evaluate
from c360_segment.handlers.folding import fold
from c360_segment.handlers.incoming import read_batch
from c360_segment.handlers.linking import keep_links
from c360_segment.handlers.referring import keep_objects, touched_through
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.port import Changes, SegmentUnit


class SegmentHandler:
    """Folds `profiles`, `events`, `objects`, `identities`, `segments`, and what is said of accounts
    and links to them; the state does not depend on their order.

    Is woken for what runs out by itself. `segments` are those of the catalog; what people saved is
    beside them from the entry on that says so.
    """

    def __init__(self, segments: Segments, progress: Progress | None = None) -> None:
        self._live = LiveSegments(segments)
        self._progress = progress or Progress("segment")

    async def handle(self, unit: SegmentUnit, entries: Sequence[Entry]) -> None:
        """Fold a batch and evaluate the customers it touched, or all if segments changed."""
        incoming = read_batch(entries)
        if incoming.saved:
            await unit.save(Changes(saved=incoming.saved))
        segments = await self._live.of(unit)
        await keep_objects(unit, segments, incoming.objects)
        touched = await fold(unit, segments, incoming)
        await keep_links(unit, incoming, touched)
        await keep_accounts(unit, segments, incoming)
        if incoming.saved:
            # The change of a segment is what changes its members, at its own time.
            newest = max(incoming.saved, key=lambda one: one.stamp)
            cause = Cause(newest.stamp, newest.at)
            if await brought_up(unit, segments, self._progress, cause):
                return
        await evaluate(unit, segments, touched)

    async def wake(self, unit: SegmentUnit, due: Sequence[Scheduled]) -> None:
        """Something may have run out of these customers, whose ids are due; an object changed that
        others' events refer to, or an account that others are linked to."""
        segments = await self._live.of(unit)
        own = [one for one in sorted(due) if not (is_object(one) or is_account(one))]
        moments = {one.key: one.due for one in own}
        causes = {key: Cause(stamp_at(moment), moment) for key, moment in moments.items()}
        touched = {key: Touched(cause, NOTHING) for key, cause in causes.items()}
        others = await touched_through(unit, segments, due), await touched_by_accounts(unit, due)
        for customer, one in chain.from_iterable(some.items() for some in others):
            touch(touched, customer, *one)
        await evaluate(unit, segments, touched)
