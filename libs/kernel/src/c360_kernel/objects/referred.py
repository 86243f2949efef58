"""Tests of what is known of the objects that traits refer to, said of the traits themselves.

An object is seen as it is now: a test of `favouriteStore.city` holds of whose trait is the key of
one of the stores of which it holds. Who refers to no object that is known is as one of which
nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from c360_kernel.catalog.model import ReferredTrait
from c360_kernel.conditions.tree import Not, ValueCondition, ValueTest, leaves, mapped
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import TraitValue
from c360_kernel.value_types import fits

Referred = Mapping[str, ReferredTrait]


def types_tested(condition: ValueCondition, referred: Referred) -> frozenset[str]:
    """The types of the objects that a condition asks of."""
    tested = (referred.get(one.name) for one in leaves(condition))
    return frozenset(one.by.refers for one in tested if one is not None)


def by_keys(
    condition: ValueCondition, referred: Referred, objects: Mapping[str, Iterable[KnownObject]]
) -> ValueCondition:
    """The condition on the traits alone; `objects` are all of each type that it asks of."""

    def said(test: ValueTest) -> ValueCondition:
        one = referred.get(test.name)
        if one is None:
            return test
        is_of_nothing = test.holds({})
        keys = (o.name.key for o in objects[one.by.refers] if _holds(test, one, o) != is_of_nothing)
        named = ValueTest(one.by.name, "in", tuple(sorted(keys)))
        return Not(named) if is_of_nothing else named

    return mapped(condition, said)


def seen_of(
    traits: Mapping[str, TraitValue],
    referred: Iterable[ReferredTrait],
    objects: Mapping[ObjectName, KnownObject],
) -> dict[str, TraitValue]:
    """What these traits of somebody are seen with beside them."""
    beside: dict[str, TraitValue] = {}
    for one in referred:
        name = object_named(traits, one)
        held = None if name is None else objects.get(name)
        value = None if held is None else _value(one, held)
        if value is not None:
            beside[one.name] = value
    return beside


def object_named(traits: Mapping[str, TraitValue], one: ReferredTrait) -> ObjectName | None:
    """The object that a trait of somebody refers to."""
    key = traits.get(one.by.name)
    return ObjectName(one.by.refers, key) if isinstance(key, str) else None


def _holds(test: ValueTest, one: ReferredTrait, held: KnownObject) -> bool:
    value = _value(one, held)
    return test.holds({} if value is None else {test.name: value})


def _value(one: ReferredTrait, held: KnownObject) -> TraitValue | None:
    value = held.properties.get(one.seen.name)
    return value if value is not None and fits(one.seen.type, value) else None
