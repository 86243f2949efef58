"""Numbers that conditions ask for and nobody keeps: of events, of records that carry,
and of links to accounts."""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.conditions.facts import Counted, Tallied, tallied_by
from c360_kernel.conditions.tree import ValueCondition, leaves

from c360_profile.domain.query import Window


def tallied_in(condition: ValueCondition) -> Mapping[str, Tallied]:
    """By the name of each number that a condition tests, what there is so much of."""
    found = {test.name: tallied_by(test.name) for test in leaves(condition)}
    return {name: one for name, one in found.items() if one is not None}


def window_of(counted: Counted) -> Window:
    """The events that are counted."""
    return Window((counted.event,), since=counted.since, until=counted.until)
