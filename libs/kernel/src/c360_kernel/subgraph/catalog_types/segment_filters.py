"""Segments of a catalog in filters on customers: each is the condition that it is made of.

A segment that counts events is none of them: what is counted is no value of a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import strawberry

from c360_kernel.catalog.model import Catalog, SegmentDefinition
from c360_kernel.catalog.names import camel
from c360_kernel.catalog.reads import is_of_traits, named_by
from c360_kernel.conditions.reading import read_traits
from c360_kernel.conditions.tree import Not, ValueCondition
from c360_kernel.subgraph.catalog_types.descriptions import segment_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import input_class

SEGMENTS = "segments"
"""The field of `CustomerFilter`."""
_DESCRIPTION = "True: in the segment. False: not in it. All that are given must hold."


def filtered_segments(catalog: Catalog) -> Mapping[str, SegmentDefinition]:
    """By field the segments that customers are filtered by: `gold_members` is `goldMembers`."""
    segments = catalog.segments.values()
    return {camel(one.name): one for one in segments if is_of_traits(one.condition)}


def segments_filter(catalog: Catalog) -> type:
    """`SegmentsFilter`: yes or no for each segment, with the tags of all that it reads."""
    given = {
        field: (bool, _tags(one, catalog), segment_described(one))
        for field, one in filtered_segments(catalog).items()
    }
    return strawberry.federation.input(
        input_class("SegmentsFilter", given), description=_DESCRIPTION
    )


def segment_conditions(given: object, catalog: Catalog) -> Iterator[ValueCondition]:
    """The conditions that a `SegmentsFilter` states."""
    for field, segment in stated_segments(given, catalog).items():
        condition = read_traits(segment.condition, catalog.compared_traits)
        yield condition if getattr(given, attribute(field)) else Not(condition)


def stated_segments(given: object, catalog: Catalog) -> Mapping[str, SegmentDefinition]:
    """By field the segments that a `SegmentsFilter` says yes or no to."""
    return {
        field: one
        for field, one in filtered_segments(catalog).items()
        if isinstance(getattr(given, attribute(field)), bool)
    }


def _tags(segment: SegmentDefinition, catalog: Catalog) -> tuple[str, ...]:
    read = named_by(segment.condition, "trait")
    return tuple(dict.fromkeys(tag for one in read for tag in catalog.compared_traits[one].tags))
