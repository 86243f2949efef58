"""Conditions as SQL over columns that hold values by name as JSON text.

What is said here of every value is what `c360_kernel.conditions.operators` says of it. Every test
is true or false, never NULL, so that negation means the same. True and false are 1 and 0 to SQL,
lists are text: so the type is tested beside the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from c360_kernel.conditions.operators import Operator, Wanted, has_order, kind_of
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest
from c360_kernel.record import TraitValue

Bind = Callable[[object], str]
"""Takes a parameter and answers its placeholder, which may be used more than once."""


@dataclass(frozen=True, slots=True)
class Number:
    """An expression that is a number of every row."""

    sql: str


Places = Callable[[str], tuple[str, str] | Number]
"""Where the value of a name is: a column of JSON text and the path in it; or what computes it."""

_TRUE, _FALSE = "1", "0"
_NUMBER = "('integer','real')"
_COMPARISONS: Mapping[Operator, str] = {
    "greater_than": ">",
    "at_least": ">=",
    "less_than": "<",
    "at_most": "<=",
}


def sql_of(condition: ValueCondition, values: str | Places, bind: Bind) -> str:
    """An expression that is 1 for rows whose values meet the condition, else 0.

    `values` is the column that holds them all, or says of each name where its value is.
    """
    match condition:
        case ValueTest(name):
            place = (values, path_of(name)) if isinstance(values, str) else values(name)
            if isinstance(place, Number):
                return number_test(condition, place.sql, bind)
            column, path = place
            return _Test(f"{column},{bind(path)}", bind).sql(condition)
        case Not(part):
            return f"NOT ({sql_of(part, values, bind)})"
        case All(parts):
            return _joined(" AND ", [sql_of(part, values, bind) for part in parts]) or _TRUE
        case AnyOf(parts):
            return _joined(" OR ", [sql_of(part, values, bind) for part in parts]) or _FALSE


def path_of(name: str) -> str:
    """The JSON path of a name of the catalog."""
    return f'$."{name}"'


def number_test(test: ValueTest, number: str, bind: Bind) -> str:
    """An expression that is 1 for rows where `number`, of which there is one, passes, else 0."""
    wanted = test.wanted
    match test.operator:
        case "exists" | "missing":
            return _TRUE if test.operator == "exists" else _FALSE
        case "equals" | "not_equals":
            same = f"({number} = {bind(wanted)})" if kind_of(wanted) == "number" else _FALSE
            return same if test.operator == "equals" else f"NOT {same}"
        case "in" if isinstance(wanted, tuple):
            numbers = [one for one in wanted if kind_of(one) == "number"]
            return f"({number} IN (SELECT value FROM json_each({bind(_json(numbers))})))"
        case _ if test.operator in _COMPARISONS and kind_of(wanted) == "number":
            return f"({number} {_COMPARISONS[test.operator]} {bind(wanted)})"
        case _:
            return _FALSE


def _joined(word: str, parts: Sequence[str]) -> str:
    return f"({word.join(parts)})" if parts else ""


class _Test:
    def __init__(self, place: str, bind: Bind) -> None:
        self._bind = bind
        self._place = place
        self._value = f"json_extract({place})"
        self._type = f"json_type({place})"

    def sql(self, test: ValueTest) -> str:
        if test.operator in _COMPARISONS:
            return self._ordered(_COMPARISONS[test.operator], test.wanted)
        match test.operator:
            case "in":
                return self._among(test.wanted)
            case "contains":
                return self._contains(test.wanted)
            case "starts_with":
                return self._starts_with(test.wanted)
            case "exists" | "missing":
                return f"({self._value} IS {'NOT ' * (test.operator == 'exists')}NULL)"
            case _:
                return f"{'NOT ' * (test.operator == 'not_equals')}{self._equals(test.wanted)}"

    def _equals(self, wanted: Wanted) -> str:
        match wanted:
            case None:
                return _FALSE
            case bool():
                return f"({self._type} IS '{str(wanted).lower()}')"
            case int() | float():
                return self._both(f"{self._value} = {self._bind(wanted)}", f"IN {_NUMBER}")
            case str():
                return self._both(f"{self._value} = {self._bind(wanted)}", "= 'text'")
            case _:
                return self._both(f"{self._value} = {self._bind(_json(wanted))}", "= 'array'")

    def _among(self, wanted: Wanted) -> str:
        """Texts and numbers as one parameter each, so that a long list is one statement."""
        items = wanted if isinstance(wanted, tuple) else ()
        # No value holds a NUL (see `value_types`), at which a JSON text would end.
        texts = [item for item in items if isinstance(item, str) and "\0" not in item]
        numbers = [item for item in items if kind_of(item) == "number"]
        found = [self._equals(item) for item in items if kind_of(item) in ("flag", "list")]
        for some, type_ in ((texts, "= 'text'"), (numbers, f"IN {_NUMBER}")):
            if some:
                chosen = f"(SELECT value FROM json_each({self._bind(_json(some))}))"
                found.append(self._both(f"{self._value} IN {chosen}", type_))
        return _joined(" OR ", found) or _FALSE

    def _ordered(self, comparison: str, wanted: Wanted) -> str:
        if not has_order(wanted):
            return _FALSE
        type_ = f"IN {_NUMBER}" if kind_of(wanted) == "number" else "= 'text'"
        return self._both(f"{self._value} {comparison} {self._bind(wanted)}", type_)

    def _contains(self, wanted: Wanted) -> str:
        if not isinstance(wanted, str):
            return _FALSE
        text = self._bind(wanted)
        return (
            f"CASE {self._type} WHEN 'text' THEN instr({self._value},{text}) > 0 WHEN 'array' THEN"
            f" EXISTS (SELECT 1 FROM json_each({self._place}) AS item WHERE item.value = {text})"
            " ELSE 0 END"
        )

    def _starts_with(self, wanted: Wanted) -> str:
        if not isinstance(wanted, str):
            return _FALSE
        return self._both(f"instr({self._value},{self._bind(wanted)}) = 1", "= 'text'")

    def _both(self, of_value: str, of_type: str) -> str:
        return f"(({of_value} AND {self._type} {of_type}) IS TRUE)"


def _json(values: Sequence[TraitValue]) -> str:
    return orjson.dumps(values).decode()
