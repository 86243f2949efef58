"""What each operator says of an actual value (None when absent) and the one it is compared with.

Values of different kinds never compare: they are not equal and have no order, so a value kept from
an older catalog cannot stop an evaluation. Text is compared exactly, by code point. As in Apache
Unomi, a negative operator holds of an absent value and every other one fails. The whole truth
table is in `docs/conditions.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, cast, get_args

from c360_kernel.record import TraitValue
from c360_kernel.value_types import ValueType

Operator = Literal[
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
"""What is compared with: one value, several for `in`, None for `exists` and `missing`."""

Kind = Literal["flag", "number", "text", "list"]

WITHOUT_VALUE: frozenset[Operator] = frozenset({"exists", "missing"})
_ANY: frozenset[ValueType] = frozenset(get_args(ValueType))
_LISTS: frozenset[ValueType] = frozenset({"strings"})
_ORDERED: frozenset[ValueType] = frozenset({"int", "float", "date", "datetime"})
_TEXTS: frozenset[ValueType] = frozenset({"string"})

OPERATORS: Mapping[Operator, frozenset[ValueType]] = {
    "equals": _ANY,
    "not_equals": _ANY,
    "in": _ANY - _LISTS,
    "greater_than": _ORDERED,
    "at_least": _ORDERED,
    "less_than": _ORDERED,
    "at_most": _ORDERED,
    "exists": _ANY,
    "missing": _ANY,
    "contains": _TEXTS | _LISTS,
    "starts_with": _TEXTS,
}
"""Every operator with the value types that it can be asked of."""


def kind_of(value: object) -> Kind:
    """Which values a value compares with: those of its kind."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "list"


def has_order(value: Wanted) -> bool:
    """Whether something can be greater than the value: numbers and texts have an order."""
    return value is not None and kind_of(value) in ("number", "text")


def accepts(operator: Operator, actual: TraitValue | None, wanted: Wanted) -> bool:
    """Whether a value (or its absence) passes. Raises nothing, whatever the two are."""
    return _MEANINGS[operator](actual, wanted)


def _equals(actual: TraitValue | None, wanted: Wanted) -> bool:
    return actual == wanted and actual is not None and kind_of(actual) == kind_of(wanted)


def _in(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(wanted, tuple) and any(_equals(actual, item) for item in wanted)


def _order(actual: TraitValue | None, wanted: Wanted) -> int | None:
    """-1, 0 or 1, or None where there is no order between the two."""
    if not has_order(actual) or kind_of(actual) != kind_of(wanted):
        return None
    one, other = cast(float, actual), cast(float, wanted)
    return (one > other) - (one < other)


def _contains(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(actual, str | tuple) and isinstance(wanted, str) and wanted in actual


def _starts_with(actual: TraitValue | None, wanted: Wanted) -> bool:
    return isinstance(actual, str) and isinstance(wanted, str) and actual.startswith(wanted)


_MEANINGS: Mapping[Operator, Callable[[TraitValue | None, Wanted], bool]] = {
    "equals": _equals,
    "not_equals": lambda actual, wanted: not _equals(actual, wanted),
    "in": _in,
    "greater_than": lambda actual, wanted: _order(actual, wanted) == 1,
    "at_least": lambda actual, wanted: _order(actual, wanted) in (0, 1),
    "less_than": lambda actual, wanted: _order(actual, wanted) == -1,
    "at_most": lambda actual, wanted: _order(actual, wanted) in (-1, 0),
    "exists": lambda actual, wanted: actual is not None,
    "missing": lambda actual, wanted: actual is None,
    "contains": _contains,
    "starts_with": _starts_with,
}
