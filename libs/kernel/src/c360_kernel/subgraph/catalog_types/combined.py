"""Filters made of others: `and`, `or`, `not` around the tests of an input, and what one states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import strawberry
from strawberry.types.lazy_type import LazyType

from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import Fields, FilterInvalid, input_class

Stated: TypeAlias = Callable[[object], Iterator[ValueCondition]]
"""What an input's own tests state, those of `and`, `or` and `not` left out."""


def combined_input(name: str, tests: Fields, description: str) -> type:
    """An input of these tests, by field its type, its tag and what it says, and of itself."""
    made: list[type] = []
    itself = _reference(name, made)
    combining: Fields = {
        "and": (list[itself], "", "All of these must hold."),
        "or": (list[itself], "", "At least one of these must hold."),
        "not": (itself, "", "This must not hold."),
    }
    filter_class = input_class(name, {**combining, **tests})
    made.append(strawberry.federation.input(filter_class, description=description))
    return made[0]


def _reference(name: str, made: list[type]) -> type:
    """A type that is named before it is made."""

    class Reference(LazyType[Any, Any]):
        def resolve_type(self) -> type[Any]:
            return made[0]

    return cast("type", Reference(name, __name__))


def combined_condition(given: object, stated: Stated) -> ValueCondition | None:
    """The condition that such an input states, None if it states none.

    Raises `FilterInvalid` for an empty filter inside `or` or `not`.
    """
    parts = (*_combined(given, stated), *stated(given))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(parts)


def _combined(given: object, stated: Stated) -> Iterator[ValueCondition]:
    for member in getattr(given, attribute("and")) or ():
        condition = combined_condition(member, stated)
        if condition:
            yield condition
    either = getattr(given, attribute("or"))
    if either is not strawberry.UNSET and either is not None:
        yield AnyOf(tuple(_inside("or", member, stated) for member in _at_least_one(either)))
    negated = getattr(given, attribute("not"))
    if negated:
        yield Not(_inside("not", negated, stated))


def _at_least_one(members: list[Any]) -> list[Any]:
    if not members:
        raise FilterInvalid("'or' needs at least one filter")
    return members


def _inside(where: str, given: object, stated: Stated) -> ValueCondition:
    condition = combined_condition(given, stated)
    if condition is None:
        raise FilterInvalid(f"an empty filter inside '{where}'")
    return condition
