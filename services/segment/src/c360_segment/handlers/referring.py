"""Objects that change: whoever's events refer to one is looked at again, a page at a time.

How far its events have been gone through is scheduled (`c360_kernel.objects.following`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.objects.following import Following, followed
from c360_kernel.objects.known import KnownObject, last_observed
from c360_kernel.objects.sights import referring
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.changes import Change
from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.objects import Reference
from c360_segment.store.port import SegmentUnit

_PAGE = 500
_AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""


def _cause(one: Following) -> Cause:
    """What is told to have changed the customers."""
    return Cause(one.stamp, stamp_ms(one.stamp))


async def keep_objects(unit: SegmentUnit, segments: Segments, said: Sequence[KnownObject]) -> None:
    """Keep what is said of objects, and have whoever is seen with them looked at again."""
    if not said:
        return
    last = last_observed(said)
    held = await unit.objects(last.keys())
    await unit.keep_objects(list(last.values()))
    for name, one in last.items():
        before = held.get(name)
        if one.outranks(before) and one.says_otherwise(before):
            for by in referring(segments.sights, name.type):
                unit.schedule(_AT_ONCE, Following(name, one.stamp, by).key)


async def touched_through(
    unit: SegmentUnit, segments: Segments, due: Iterable[Scheduled]
) -> Mapping[str, Touched]:
    """The customers whose events refer to objects that are due.

    Of more than a page of records, of all these objects, the rest is scheduled again.
    """
    touched: dict[str, Touched] = {}
    left = _PAGE
    for one in followed(due):
        events = referring(segments.sights, one.name.type).get(one.by, frozenset())
        if not events:
            # The segments have changed since, and everybody was evaluated by it.
            continue
        if not left:
            unit.schedule(_AT_ONCE, one.key)
            continue
        reference = Reference(one.by, one.name.key, events)
        found = await unit.referring(reference, one.after, left)
        left -= len(found.records)
        for state in (await unit.records(found.records)).values():
            if state.customer:
                touch(touched, state.customer, _cause(one), Change(events))
        if found.after:
            unit.schedule(_AT_ONCE, one._replace(after=found.after).key)
    return touched
