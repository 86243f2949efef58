"""What conditions read of the objects that events refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.tree import leaves
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sights import Sights, named_in, seen_beside, sights_on

from c360_segment.domain.leaves import Condition, Over, timed_leaves
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.timed.held import Held, PastLeaf
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered


def sights_of(conditions: Iterable[Condition], catalog: Catalog) -> Sights:
    """What these conditions read of objects."""
    read = [
        (happening.event, _read_by(over))
        for condition in conditions
        for leaf in timed_leaves(condition)
        for over in _within(leaf.over)
        for happening in over.happenings
    ]
    return sights_on(catalog.events, read)


def _within(over: Over | PastLeaf) -> Iterator[Over | PastLeaf]:
    """It itself; of what has to be so for a time what that is made of."""
    if not isinstance(over, Held):
        yield over
        return
    for leaf in leaves(over.inner):
        yield from _within(leaf)


def _read_by(over: Over | PastLeaf) -> set[str]:
    """What is read of events, by name."""
    tested = {test.name for one in over.happenings for test in one.where}
    match over:
        case Measured(_, _, _, looks_at):
            return tested | {looks_at}
        case Regular():
            return tested | {over.same}
        case Ordered(_, _, steps, absent):
            steps = steps if absent is None else (*steps, absent)
            return tested.union(*(step.same for step in steps))
        case _:
            return tested


def named_by(sights: Sights, events: Mapping[str, Sequence[Happened]]) -> set[ObjectName]:
    """The objects that these events of customers are seen with."""
    return named_in(sights, (one for own in events.values() for one in own))


def seen_with(
    sights: Sights, event: Happened, objects: Mapping[ObjectName, KnownObject]
) -> Happened:
    """An event with what it is seen with."""
    beside = seen_beside(sights, event, objects)
    return event._replace(properties={**event.properties, **beside}) if beside else event
