"""Tests of values as ClickHouse says them, over properties as JSON text.

What is said here of every value is what `c360_kernel.conditions.operators` says of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_kernel.conditions.operators import Operator, Wanted, has_order, kind_of
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue

_TRUE, _FALSE = "1", "0"
_COMPARISONS: Mapping[Operator, str] = {
    "greater_than": ">",
    "at_least": ">=",
    "less_than": "<",
    "at_most": "<=",
}
_NUMBERS = {"Int64": "Int", "UInt64": "UInt", "Double": "Float"}
"""Kinds of numbers in JSON, and what reads each: without a loss, as it is compared."""
_ESCAPED = {ord("\\"): "\\\\", ord("'"): "\\'", 0: "\\0"}


def text(value: str) -> str:
    """A text as a statement has it."""
    return f"'{value.translate(_ESCAPED)}'"


def sql_of(test: ValueTest) -> str:
    """An expression that is 1 for properties that pass, else 0."""
    value = _Value(text(test.name))
    match test.operator, test.wanted:
        case "exists" | "missing", _:
            return f"({value.type} {'!=' if test.operator == 'exists' else '='} 'Null')"
        case "equals" | "not_equals", wanted:
            return f"({'NOT ' * (test.operator == 'not_equals')}{value.equals(wanted)})"
        case "in", tuple() as several:
            return f"({' OR '.join([_FALSE, *(value.equals(one) for one in several)])})"
        case "contains" | "starts_with", str() as part:
            return value.holding(test.operator, text(part))
        case operator, wanted if operator in _COMPARISONS and has_order(wanted):
            return value.compared(_COMPARISONS[operator], wanted)
        case _:
            return _FALSE


class _Value:
    def __init__(self, name: str) -> None:
        self._name = name
        self.type = f"JSONType(properties, {name})"

    def read(self, kind: str) -> str:
        return f"JSONExtract{kind}(properties, {self._name})"

    @property
    def _items(self) -> str:
        return f"JSONExtract(properties, {self._name}, 'Array(String)')"

    def equals(self, wanted: Wanted) -> str:
        match wanted:
            case bool():
                truth = _TRUE if wanted else _FALSE
                return f"({self.type} = 'Bool' AND {self.read('Bool')} = {truth})"
            case int() | float() | str():
                return self.compared("=", wanted)
            case tuple():
                return f"({self.type} = 'Array' AND {self._items} = {_list(wanted)})"
            case _:
                return _FALSE

    def compared(self, comparison: str, wanted: Wanted) -> str:
        if isinstance(wanted, str):
            found = f"{self.read('String')} {comparison} {text(wanted)}"
            return f"({self.type} = 'String' AND {found})"
        assert kind_of(wanted) == "number"
        found = [
            f"{self.type} = '{kind}', {self.read(read)} {comparison} ({wanted!r})"
            for kind, read in _NUMBERS.items()
        ]
        return f"multiIf({', '.join(found)}, {_FALSE})"

    def holding(self, operator: Operator, part: str) -> str:
        if operator == "starts_with":
            return f"({self.type} = 'String' AND startsWith({self.read('String')}, {part}))"
        is_within = f"({part} = '' OR position({self.read('String')}, {part}) > 0)"
        return (
            f"multiIf({self.type} = 'String', {is_within},"
            f" {self.type} = 'Array', has({self._items}, {part}), {_FALSE})"
        )


def _list(items: Sequence[TraitValue]) -> str:
    return f"CAST([{', '.join(text(str(item)) for item in items)}], 'Array(String)')"
