"""Brings a store filled under other segments, of a catalog or of people, up to the present ones."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping

from c360_kernel.projection.basis import mark
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey

from c360_segment.domain.live import LiveSegments
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import RecordState
from c360_segment.emission import Cause, latest_cause
from c360_segment.handlers.evaluation import evaluate
from c360_segment.handlers.folding import add_counts
from c360_segment.handlers.touched import Touched
from c360_segment.store.port import Changes, Definitions, SegmentStore, SegmentUnit

_PAGE = 1000
_PARTS = "what the catalog's segments say has been so for a time"


async def adopt(store: SegmentStore, segments: Segments) -> None:
    """Mark a store that was never fed with what of profiles it keeps the past of.

    Raises `Unusable` (CATALOG_CHANGED) for one that keeps that of others.
    """
    await mark(store, basis_of(segments), _PARTS, "segment")


def basis_of(segments: Segments) -> str:
    """Names what of profiles a store keeps the past of: it is read from the log's beginning."""
    return json.dumps(sorted(segments.recalled))


async def settle(store: SegmentStore, segments: Segments, progress: Progress) -> None:
    """Evaluate everybody again if the catalog's segments changed since the store was filled.

    One transaction, so that a process killed half-way begins anew at its next start. Raises
    `Interrupted`.
    """
    async with store.unit() as unit:
        live = await LiveSegments(segments).of(unit)
        await brought_up(unit, live, progress, latest_cause(unit))


async def brought_up(
    unit: SegmentUnit, segments: Segments, progress: Progress, cause: Cause
) -> bool:
    """Whether everybody was evaluated again, since the store was filled under other segments.

    What changes is told under this cause. Raises `Interrupted`.
    """
    wanted = Definitions(segments.fingerprint, segments.counting, segments.told_of)
    held = await unit.definitions()
    if held == wanted:
        return False
    await unit.redefine(wanted)
    properties = {one.by for own in segments.sights.values() for one in own}
    await unit.refer_by(properties, {one.by.name for one in segments.referred})
    if held.counting != wanted.counting:
        await _count_again(unit, segments)
    await _evaluate_all(unit, segments, progress, cause, held.told_of)
    return True


async def _count_again(unit: SegmentUnit, segments: Segments) -> None:
    page = await unit.scan_events(None, _PAGE)
    while page:
        deltas: defaultdict[RecordKey, Counter[str]] = defaultdict(Counter)
        for _, event in page:
            deltas[event.record].update(segments.counted(event.name, event.properties))
        states = await unit.records(deltas.keys())
        counted: dict[RecordKey, RecordState] = {
            record: add_counts(states[record], delta) for record, delta in deltas.items()
        }
        await unit.save(Changes(records=counted))
        page = await unit.scan_events(page[-1][0], _PAGE)


async def _evaluate_all(
    unit: SegmentUnit,
    segments: Segments,
    progress: Progress,
    cause: Cause,
    before: Mapping[str, tuple[str, ...]],
) -> None:
    done = 0
    page = await unit.scan_customers("", _PAGE)
    if page:
        progress.begin("evaluating customers", await unit.count_customers())
    while page:
        await evaluate(unit, segments, dict.fromkeys(page, Touched(cause)), before)
        done += len(page)
        progress.step(done)
        page = await unit.scan_customers(page[-1], _PAGE)
    progress.end()
