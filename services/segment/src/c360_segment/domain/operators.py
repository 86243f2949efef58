"""Operators of trait and property tests.

An operator compares an actual value (None when absent) with the wanted one of the
definition. Values of different kinds never compare: they are not equal and have no
order, so a value kept from an older catalog cannot stop an evaluation.
Text is compared exactly, letter case included. As in Apache Unomi, a negative
operator holds of an absent value and every other one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from c360_kernel.record import TraitValue

OperatorName = Literal[
    "equals",
    "not_equals",
    "in",
    "greater_than",
    "at_least",
    "less_than",
    "at_most",
    "exists",
    "missing",
    "contains",
    "starts_with",
]
Wanted = TraitValue | tuple[TraitValue, ...] | None
"""What a definition compares with: one value, several for `in`, None for exists and missing."""

Operator = Callable[[TraitValue | None, Wanted], bool]


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "list"


def _compare(actual: TraitValue | None, wanted: Wanted) -> int | None:
    """-1, 0 or 1, or None where there is no order between the two."""
    if actual is None or wanted is None or _kind(actual) != _kind(wanted):
        return None
    return (actual > wanted) - (actual < wanted)  # type: ignore[operator]


def _equals(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) == 0


def _not_equals(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) != 0


def _in(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(wanted, tuple) and any(_equals(actual, item) for item in wanted)


def _greater_than(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) == 1


def _at_least(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) in {0, 1}


def _less_than(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) == -1


def _at_most(actual: TraitValue | None, wanted: Wanted) -> bool:
    return _compare(actual, wanted) in {-1, 0}


def _exists(actual: TraitValue | None, wanted: Wanted) -> bool:
    return actual is not None


def _missing(actual: TraitValue | None, wanted: Wanted) -> bool:
    return actual is None


def _contains(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(actual, str | tuple) and isinstance(wanted, str) and wanted in actual


def _starts_with(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(actual, str) and isinstance(wanted, str) and actual.startswith(wanted)


OPERATORS: Mapping[OperatorName, Operator] = {
    "equals": _equals,
    "not_equals": _not_equals,
    "in": _in,
    "greater_than": _greater_than,
    "at_least": _at_least,
    "less_than": _less_than,
    "at_most": _at_most,
    "exists": _exists,
    "missing": _missing,
    "contains": _contains,
    "starts_with": _starts_with,
}
