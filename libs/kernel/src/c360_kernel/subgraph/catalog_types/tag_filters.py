"""Tests of the tags of a catalog, in filters on customers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import strawberry

from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.conditions.facts import tag_fact
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.subgraph.catalog_types.descriptions import tag_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import input_class, stated_tests, wanted_of
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES

TAGS = "tags"
"""The field of `CustomerFilter`."""
_DESCRIPTION = "The values of tags that hold; all that are given must hold."


def tags_filter(catalog: Catalog) -> type:
    """`TagsFilter`: an optional test per tag, of the type of its values."""
    given = {
        tag.name: (FILTER_TYPES[tag.value_type], tag.tags, tag_described(tag))
        for tag in catalog.tags.values()
    }
    return strawberry.federation.input(input_class("TagsFilter", given), description=_DESCRIPTION)


def tag_tests(given: object, catalog: Catalog) -> Iterator[ValueTest]:
    """The tests that a `TagsFilter` states. Raises `FilterInvalid` for a null operand."""
    for tag in catalog.tags.values():
        if test := getattr(given, attribute(tag.name)):
            as_trait = TraitType(tag.name, tag.value_type, tag.tag, "latest")
            wanted = partial(wanted_of, trait=as_trait)
            yield from stated_tests(tag_fact(tag.name), tag.name, test, wanted)
