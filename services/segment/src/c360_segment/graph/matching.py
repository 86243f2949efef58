"""Who would be in a segment that is not kept: found as it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.objects.known import KnownObject
from pyroaring import BitMap, FrozenBitMap

from c360_segment.domain.drafts import draft_of
from c360_segment.domain.referred import said_of_traits
from c360_segment.domain.segments import Segment
from c360_segment.graph.context import Info
from c360_segment.graph.sets import Sets
from c360_segment.store.port import SegmentReader
from c360_segment.store.seeing import known_as_seen

_AT_ONCE = 200
_MOST_OBJECTS = 20_000
"""Of a type of which there are more, customers are looked at one by one."""


async def drafted(info: Info, condition: str) -> tuple[str, FrozenBitMap]:
    """A name for the question, the same for the same condition, and who would be in its segment.

    Raises `ConditionInvalid`.
    """
    context = info.context
    known = await context.defined.all()
    segment = draft_of(condition, known.catalog, context.caller.visibility)
    return segment.question, await matching(context.reader, segment, known.watched)


def spread(members: FrozenBitMap, size: int) -> Sequence[int]:
    """At most so many of them, in equal distances: the same for the same members."""
    step = max(1, -(-len(members) // size)) if size else 1
    return tuple(members[::step])[:size]


async def matching(
    reader: SegmentReader, segment: Segment, watched: frozenset[str]
) -> FrozenBitMap:
    """The numbers of those who meet the condition, of whom the reader tells.

    What sets leave open (`c360_segment.graph.sets`) is looked at one by one, some at a time.
    """
    looked_at = watched | segment.events_over_time
    tick = await reader.present()
    later = await reader.later(looked_at, tick) if segment.events_over_time else FrozenBitMap()
    asked = said_of_traits(segment.condition, segment.referred, await _objects(reader, segment))
    surely, maybe = await Sets(reader, tick, later).of(asked)
    live = await reader.meeting(EVERYBODY, maybe)
    found, left_open = BitMap(surely & live), (maybe - surely) & live
    for start in range(0, len(left_open), _AT_ONCE):
        page = tuple(left_open[start : start + _AT_ONCE])
        found |= await _met(reader, segment, looked_at, page)
        await asyncio.sleep(0)
    return FrozenBitMap(found)


async def _objects(reader: SegmentReader, segment: Segment) -> Mapping[str, Sequence[KnownObject]]:
    """All objects of each type that a condition asks of by traits, where they are not too many."""
    found: dict[str, Sequence[KnownObject]] = {}
    for type_ in {one.by.refers for one in segment.referred}:
        objects = await reader.objects_of(type_, _MOST_OBJECTS + 1)
        if len(objects) <= _MOST_OBJECTS:
            found[type_] = objects
    return found


async def _met(
    reader: SegmentReader, segment: Segment, watched: frozenset[str], page: tuple[int, ...]
) -> BitMap:
    customers = await reader.customers_of(page)
    known = await known_as_seen(reader, customers, segment.events | watched, segment)
    return BitMap(
        number
        for number, customer in zip(page, customers, strict=True)
        if customer in known
        and segment.condition.holds(known[customer].facts([segment.condition], watched))
    )
