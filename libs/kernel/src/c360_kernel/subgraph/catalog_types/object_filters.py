"""Tests of the objects that traits refer to, in filters on customers."""

from __future__ import annotations

from collections.abc import Iterator

import strawberry

from c360_kernel.catalog.model import Catalog, ObjectType
from c360_kernel.catalog.names import object_types
from c360_kernel.catalog.references import shown_names
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.subgraph.catalog_types.descriptions import object_described, property_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import Fields, input_class, tests_of
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES

_MEANT = "As it is now; all tests that are given must hold."


def object_filters(catalog: Catalog) -> Fields:
    """Fields of `CustomerFilter`: by what it is called, the object that a trait refers to.

    An object of which nothing is known has nothing to test.
    """
    referring = shown_names(catalog.traits.values())
    types = {
        one.refers: _object_filter(catalog.objects[one.refers])
        for one in {trait.refers: trait for trait in referring.values()}.values()
        if catalog.objects[one.refers].properties
    }
    return {
        shown: (types[trait.refers], trait.tag, f"What `{trait.name}` refers to, as it is now.")
        for shown, trait in referring.items()
        if trait.refers in types
    }


def _object_filter(object_: ObjectType) -> type:
    given = {
        known.name: (FILTER_TYPES[known.type], known.tag, property_described(known))
        for known in object_.properties.values()
    }
    _, name = object_types(object_.name)
    described = f"{object_described(object_)} {_MEANT}"
    return strawberry.federation.input(input_class(name, given), description=described)


def object_tests(given: object, catalog: Catalog) -> Iterator[ValueTest]:
    """The tests of objects that a `CustomerFilter` states, by names that no trait has.

    Raises `FilterInvalid` for a null operand.
    """
    for one in catalog.referred_traits.values():
        stated = getattr(given, attribute(one.by.shown_as))
        if stated and (test := getattr(stated, attribute(one.seen.name))):
            yield from tests_of(one.as_trait, test)
