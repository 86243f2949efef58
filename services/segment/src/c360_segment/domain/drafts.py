"""Segments that nobody has saved: who would be a member."""

from __future__ import annotations

from c360_kernel.catalog.draft_segments import read_draft
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.conditions.tree import EVERYBODY, NOBODY, All, AnyOf, Not, ValueCondition
from c360_kernel.visibility import Visibility

from c360_segment.domain.leaves import Condition, TraitTest
from c360_segment.domain.reading import read_condition
from c360_segment.domain.segments import Segment


def draft_of(text: str, catalog: Catalog, visibility: Visibility) -> Segment:
    """The segment, without a name, that a condition in JSON would be. Raises `ConditionInvalid`."""
    definition = read_draft(text, catalog, visibility).whole
    condition, reads = read_condition(definition, catalog), coordinates_read(definition)
    return Segment("", "", "", condition, reads, definition)


def surely(condition: Condition) -> ValueCondition:
    """By traits alone: who is a member whatever happened to them."""
    return _by_traits(condition, NOBODY, EVERYBODY)


def possibly(condition: Condition) -> ValueCondition:
    """By traits alone: who is a member if the right things happened to them."""
    return _by_traits(condition, EVERYBODY, NOBODY)


def _by_traits(
    condition: Condition, others: ValueCondition, opposite: ValueCondition
) -> ValueCondition:
    """The condition with `others` in the place of what tests no trait."""
    match condition:
        case TraitTest(test):
            return test
        case All(parts):
            return All(tuple(_by_traits(part, others, opposite) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_by_traits(part, others, opposite) for part in parts))
        case Not(part):
            return Not(_by_traits(part, opposite, others))
        case _:
            return others
