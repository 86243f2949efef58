"""What computed traits see of the objects that events refer to (`c360_kernel.objects.sights`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import named_by
from c360_kernel.conditions.tree import AnyOf, ValueCondition, ValueTest, mapped
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sights import Sight, Sights, seen_beside, sights_on

from c360_profile.domain.event import Event


def read_by(trait: ComputedTrait) -> set[str]:
    """What a computed trait reads of its events, by name."""
    return {trait.looks_at, *named_by(trait.where, "property")} - {""}


def sights_of(catalog: Catalog) -> dict[str, tuple[Sight, ...]]:
    """What the computed traits of a catalog read of objects, by event."""
    read = ((event, read_by(one)) for one in catalog.computed.values() for event in one.events)
    return sights_on(catalog.events, read)


def seen_with(sights: Sights, event: Event, objects: Mapping[ObjectName, KnownObject]) -> Event:
    """The event with what it is seen with."""
    beside = seen_beside(sights, event, objects)
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
