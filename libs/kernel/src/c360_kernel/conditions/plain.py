"""Conditions as lists and plain values, for what is compared, hashed or carried as text.

Equal conditions have equal forms, in every version: hashes of them are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast, get_args

import orjson

from c360_kernel.conditions.operators import Operator, Wanted
from c360_kernel.conditions.tree import All, AnyOf, Condition, Not, ValueCondition, ValueTest
from c360_kernel.errors import Invalid

L = TypeVar("L")
_OPERATORS = frozenset(get_args(Operator))


def plain(condition: Condition[L], plain_leaf: Callable[[L], list[object]]) -> list[object]:
    """The form of a condition whose leaves have forms of their own."""
    match condition:
        case All() | AnyOf():
            parts = cast("tuple[Condition[L], ...]", condition.parts)
            word = "all" if isinstance(condition, All) else "any"
            return [word, *(plain(part, plain_leaf) for part in parts)]
        case Not():
            return ["not", plain(cast("Condition[L]", condition.part), plain_leaf)]
        case _:
            return plain_leaf(condition)


def plain_test(test: ValueTest) -> list[object]:
    """The form of a test."""
    return [test.name, test.operator, test.wanted]


def condition_text(condition: ValueCondition) -> str:
    """A condition as text."""
    return orjson.dumps(plain(condition, lambda test: ["test", *plain_test(test)])).decode()


def read_condition_text(text: str) -> ValueCondition:
    """The condition of a text. Raises `Invalid` for any other text."""
    try:
        return _read(orjson.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid("a text is no condition", code="CONDITION_INVALID") from error


def _read(form: Any) -> ValueCondition:  # noqa: ANN401 - JSON
    match form:
        case ["all", *parts]:
            return All(tuple(map(_read, parts)))
        case ["any", *parts]:
            return AnyOf(tuple(map(_read, parts)))
        case ["not", part]:
            return Not(_read(part))
        case ["test", str() as name, str() as operator, wanted] if operator in _OPERATORS:
            return ValueTest(name, cast(Operator, operator), _value(wanted))
        case _:
            raise ValueError("no condition")


def _value(wanted: Any) -> Wanted:  # noqa: ANN401 - JSON
    if isinstance(wanted, list):
        return tuple(cast(Any, _value(one)) for one in cast("list[object]", wanted))
    if isinstance(wanted, dict):
        raise TypeError("no value")
    return wanted
