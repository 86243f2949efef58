"""Filters on events: typed tests of the properties that a catalog declares, all of which must hold.

A property that events declare with different types has no test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import strawberry

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.conditions.tree import All, ValueCondition
from c360_kernel.subgraph.catalog_types.descriptions import properties_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import input_class, tests_of
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES
from c360_kernel.value_types import ValueType

_FILTER = "Which events: those whose properties meet every test that is given."


def event_filter(catalog: Catalog) -> type | None:
    """`TimelineFilter`, with the tag of each property; None where nothing can be tested.

    Where events tag a property differently, what is seen of each decides, and the test has none.
    """
    given = {
        name: (FILTER_TYPES[one.type], one.tag, properties_described(by_event.items()))
        for name, by_event in _by_name(catalog).items()
        if (one := _shared(name, by_event)) is not None
    }
    if not given:
        return None
    return strawberry.federation.input(input_class("TimelineFilter", given), description=_FILTER)


def event_condition(given: object, catalog: Catalog) -> ValueCondition | None:
    """The condition that a `TimelineFilter` states, None if it states none.

    Raises `FilterInvalid` for a null operand and for text that is no Unicode.
    """
    tests = tuple(
        test
        for name, by_event in _by_name(catalog).items()
        if (one := _shared(name, by_event)) is not None
        and (operators := getattr(given, attribute(name)))
        for test in tests_of(TraitType(name, one.type, one.tag, "latest"), operators)
    )
    return All(tests) if tests else None


def _by_name(catalog: Catalog) -> Mapping[str, Mapping[str, PropertyType]]:
    found: dict[str, dict[str, PropertyType]] = defaultdict(dict)
    for event in catalog.events.values():
        for known in event.properties.values():
            found[known.name][event.name] = known
    return found


def _shared(name: str, by_event: Mapping[str, PropertyType]) -> PropertyType | None:
    tags = {one.tag for one in by_event.values()}
    types: set[ValueType] = {one.type for one in by_event.values()}
    tag = tags.pop() if len(tags) == 1 else ""
    return PropertyType(name, types.pop(), tag) if len(types) == 1 else None
