"""Identifiers in filters on customers: those that have one of a type, or a certain one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import camel
from c360_kernel.conditions.facts import Carrying, carried_fact
from c360_kernel.conditions.tree import AnyOf, ValueCondition, ValueTest
from c360_kernel.subgraph.catalog_types.descriptions import identifier_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import FilterInvalid, input_class
from c360_kernel.subgraph.catalog_types.operators import operator_field

IDENTIFIERS = "identifiers"
"""The field of `CustomerFilter`."""
MOST_ASKED = 100
"""So many identifiers are asked for by one test at most."""
_DESCRIPTION = "What the customer's records carry, of each type; all that are given must hold."

Read = Callable[[str, str], Sequence[str]]
"""(type, text as somebody writes it) to the normal forms that it may be; none if it is none."""


@strawberry.input(description="Tests of identifiers of one type; all that are given must hold.")
class IdentifierFilter:
    """GraphQL input."""

    equals: str | None = operator_field("Has this one, in whatever spelling.")
    in_: list[str] | None = operator_field(
        f"Has one of these, in whatever spelling; {MOST_ASKED} at most.", "in"
    )
    exists: bool | None = operator_field("True: has one. False: has none.")


def identifiers_filter(catalog: Catalog) -> type:
    """`IdentifiersFilter`: an optional test per type that sources say, with its tag."""
    given = {
        camel(one.name): (IdentifierFilter, one.tag, identifier_described(one))
        for one in catalog.written_identifiers.values()
    }
    return strawberry.federation.input(
        input_class("IdentifiersFilter", given), description=_DESCRIPTION
    )


def identifier_tests(given: object, catalog: Catalog, read: Read) -> Iterator[ValueCondition]:
    """The tests that an `IdentifiersFilter` states.

    Raises `FilterInvalid` for a null operand, and for too many at once.
    """
    for one in catalog.written_identifiers.values():
        test: Any = getattr(given, attribute(camel(one.name)))
        if not test:
            continue
        said = {name: told for name, told in vars(test).items() if told is not strawberry.UNSET}
        if None in said.values():
            raise FilterInvalid(f"a test of '{camel(one.name)}' is null")
        for name, told in said.items():
            yield _condition(one.name, name, told, read)


def _condition(type_: str, operator: str, told: object, read: Read) -> ValueCondition:
    if operator == "exists":
        return _has(Carrying(type_)) if told else _lacks(Carrying(type_))
    asked = cast("list[str]", told) if isinstance(told, list) else [cast(str, told)]
    if len(asked) > MOST_ASKED:
        raise FilterInvalid(f"'in' of '{camel(type_)}' names more than {MOST_ASKED}")
    values = dict.fromkeys(value for text in asked for value in read(type_, text))
    return AnyOf(tuple(_has(Carrying(type_, value)) for value in values))


def _has(carrying: Carrying) -> ValueTest:
    return ValueTest(carried_fact(carrying), "at_least", 1)


def _lacks(carrying: Carrying) -> ValueTest:
    return ValueTest(carried_fact(carrying), "equals", 0)
