"""What is seen of the objects that events refer to: as these are now.

An event is seen with the properties of its objects beside its own, `product.category`, so that all
that is said of an event's properties is said of them, too. An object that is not known, or deleted,
has none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

from c360_kernel.catalog.model import EventType, Referred
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import TraitValue
from c360_kernel.value_types import ValueType, fits


class Sight(NamedTuple):
    """A property of an event's object: by which property it is named, and what it is called."""

    by: str
    object: str
    seen: str
    type: ValueType
    name: str


Sights = Mapping[str, tuple[Sight, ...]]
"""By the name of an event."""


class Happened(Protocol):
    """An event, as far as its objects are found by it."""

    @property
    def name(self) -> str:
        """What happened."""
        ...

    @property
    def properties(self) -> Mapping[str, TraitValue]:
        """What is said of it."""
        ...


def sights_on(
    events: Mapping[str, EventType], read: Iterable[tuple[str, Collection[str]]]
) -> dict[str, tuple[Sight, ...]]:
    """Of an event and the names that are read of it, all that are of objects; by event."""
    found: dict[str, dict[str, Sight]] = {}
    for event, names in read:
        referred = events[event].referred
        for name in sorted(referred.keys() & names):
            found.setdefault(event, {})[name] = _sight(referred[name])
    return {event: tuple(of[name] for name in sorted(of)) for event, of in found.items()}


def _sight(one: Referred) -> Sight:
    return Sight(one.by.name, one.by.refers, one.seen.name, one.seen.type, one.name)


def named_in(sights: Sights, events: Iterable[Happened]) -> set[ObjectName]:
    """The objects that these events are seen with."""
    return {
        ObjectName(one.object, key)
        for event in events
        for one in sights.get(event.name, ())
        if isinstance(key := event.properties.get(one.by), str)
    }


def seen_beside(
    sights: Sights, event: Happened, objects: Mapping[ObjectName, KnownObject]
) -> dict[str, TraitValue]:
    """What an event is seen with beside its own properties."""
    beside: dict[str, TraitValue] = {}
    for one in sights.get(event.name, ()):
        key = event.properties.get(one.by)
        held = objects.get(ObjectName(one.object, key)) if isinstance(key, str) else None
        value = None if held is None else held.properties.get(one.seen)
        if value is not None and fits(one.type, value):
            beside[one.name] = value
    return beside


def referring(sights: Sights, object_: str) -> Mapping[str, frozenset[str]]:
    """By each property by which objects of a type are looked at, the events that have it."""
    found: dict[str, frozenset[str]] = {}
    for event, own in sights.items():
        for one in own:
            if one.object == object_:
                found[one.by] = found.get(one.by, frozenset()) | {event}
    return found
