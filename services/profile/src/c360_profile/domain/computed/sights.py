"""What computed traits see of the objects that events refer to: as these are now.

An event is seen with the properties of its objects beside its own, `product.category`, so that all
that is said of an event's properties is said of them, too. An object that is not known, or deleted,
has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import Catalog, Referred
from c360_kernel.catalog.reads import named_by
from c360_kernel.conditions.tree import AnyOf, ValueCondition, ValueTest, mapped
from c360_kernel.record import TraitValue
from c360_kernel.value_types import ValueType, fits

from c360_profile.domain.event import Event
from c360_profile.domain.objects import KnownObject, ObjectName


class Sight(NamedTuple):
    """A property of an event's object: by which property it is named, and what it is called."""

    by: str
    object: str
    seen: str
    type: ValueType
    name: str


Sights = Mapping[str, tuple[Sight, ...]]
"""By the name of an event."""


def read_by(trait: ComputedTrait) -> set[str]:
    """What a computed trait reads of its events, by name."""
    return {trait.looks_at, *named_by(trait.where, "property")} - {""}


def sights_of(catalog: Catalog) -> dict[str, tuple[Sight, ...]]:
    """What the computed traits of a catalog read of objects."""
    found: dict[str, dict[str, Sight]] = {}
    for trait in catalog.computed.values():
        for event in trait.events:
            referred = catalog.events[event].referred
            for name in read_by(trait) & referred.keys():
                found.setdefault(event, {})[name] = _sight(referred[name])
    return {event: tuple(of.values()) for event, of in found.items()}


def _sight(one: Referred) -> Sight:
    return Sight(one.by.name, one.by.refers, one.seen.name, one.seen.type, one.name)


def named_in(sights: Sights, events: Iterable[Event]) -> set[ObjectName]:
    """The objects that these events are seen with."""
    return {
        ObjectName(one.object, key)
        for event in events
        for one in sights.get(event.name, ())
        if isinstance(key := event.properties.get(one.by), str)
    }


def seen_with(sights: Sights, event: Event, objects: Mapping[ObjectName, KnownObject]) -> Event:
    """The event with what it is seen with."""
    own = sights.get(event.name)
    if own is None:
        return event
    beside: dict[str, TraitValue] = {}
    for one in own:
        held = objects.get(ObjectName(one.object, str(event.properties.get(one.by))))
        value = None if held is None else held.properties.get(one.seen)
        if value is not None and fits(one.type, value):
            beside[one.name] = value
    return replace(event, properties={**event.properties, **beside}) if beside else event


def by_keys(sights: Sights, condition: ValueCondition, events: Sequence[Event]) -> ValueCondition:
    """A condition on events as they are seen, said of what they hold themselves.

    A test of an object holds of those events whose property is one of the keys with which it holds
    of these.
    """
    by_name = {one.name: one.by for own in sights.values() for one in own}

    def said(test: ValueTest) -> ValueCondition:
        by = by_name.get(test.name)
        if by is None:
            return test
        met = [event.properties.get(by) for event in events if test.holds(event.properties)]
        keys = tuple(sorted({key for key in met if isinstance(key, str)}))
        nameless = (ValueTest(by, "missing"),) if None in met else ()
        return AnyOf((ValueTest(by, "in", keys), *nameless))

    return mapped(condition, said)


def referring(sights: Sights, object_: str) -> Mapping[str, frozenset[str]]:
    """By each property that names objects of a type to computed traits, the events that have it."""
    found: dict[str, frozenset[str]] = {}
    for event, own in sights.items():
        for one in own:
            if one.object == object_:
                found[one.by] = found.get(one.by, frozenset()) | {event}
    return found
