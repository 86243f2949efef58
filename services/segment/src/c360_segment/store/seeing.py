"""Events as conditions see them, read from a store: each with its objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_kernel.objects.sights import Sights

from c360_segment.domain.known import Known
from c360_segment.domain.sights import named_by, seen_with
from c360_segment.domain.timed.happenings import Happened
from c360_segment.store.objects import Objects
from c360_segment.store.port import SegmentReader


async def seeing(
    reader: Objects, sights: Sights, events: Mapping[str, Sequence[Happened]]
) -> Mapping[str, Sequence[Happened]]:
    """These events of customers, each with what is known now of the objects that it refers to."""
    names = named_by(sights, events) if sights else ()
    if not names:
        return events
    objects = await reader.objects(names)
    return {c: [seen_with(sights, one, objects) for one in own] for c, own in events.items()}


async def known_as_seen(
    reader: SegmentReader, customers: Collection[str], events: Collection[str], sights: Sights
) -> Mapping[str, Known]:
    """What conditions look at of those of these customers who are live."""
    known = await reader.known(customers, events)
    seen = await seeing(reader, sights, {c: one.events for c, one in known.items()})
    return {c: one._replace(events=seen[c]) for c, one in known.items()}
