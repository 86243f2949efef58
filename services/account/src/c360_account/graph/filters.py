"""What accounts are filtered and sorted by: their traits, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import partial
from typing import Any

import strawberry
from c360_kernel.accounts.golden import AccountRules
from c360_kernel.catalog.model import Catalog, TraitType, all_traits
from c360_kernel.catalog.names import constant
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, mapped
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types import Direction, attribute
from c360_kernel.subgraph.catalog_types.combined import combined_condition, combined_input
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import named_value
from c360_kernel.subgraph.catalog_types.filter_tests import tests_of
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES

from c360_account.domain.listing import Order, Orders

MOST_ORDERS = 4
"""So many traits and roll-ups accounts may be sorted by."""
_FILTER = "Which accounts: those that meet every test that is given."

Compared = Mapping[str, TraitType]
"""The traits and roll-ups of accounts, which have no name in common."""


def compared_of(catalog: Catalog) -> Compared:
    """What accounts of a catalog may be filtered by."""
    rolled_up = {name: one.trait for name, one in catalog.accounts.computed.items()}
    return all_traits(catalog.accounts.traits, rolled_up)


def account_filter(compared: Compared) -> type:
    """`AccountFilter`: `and`, `or`, `not` and an optional test of each."""
    tests = {
        name: (FILTER_TYPES[one.type], one.tags, trait_described(one))
        for name, one in compared.items()
    }
    return combined_input("AccountFilter", tests, _FILTER)


def account_order(compared: Compared) -> type | None:
    """`AccountOrder`: `{field: AccountOrderField!, direction: Direction! = ASC}`.

    Lists of texts have no order and are left out; None where nothing has one.
    """
    members = {
        constant(one.name): named_value(one.name, one.tags, trait_described(one))
        for one in compared.values()
        if one.type != "strings"
    }
    if not members:
        return None
    made = Enum("AccountOrderField", members)
    described = "A trait that accounts are sorted by, or what they come to."
    field = strawberry.federation.enum(made, description=described)
    namespace = {
        "__annotations__": {"field": field, "direction": Direction},
        "__module__": __name__,
        "field": strawberry.field(description="What is compared; who has none comes last."),
        "direction": strawberry.field(description="Which end comes first.", default=Direction.ASC),
    }
    order = type("AccountOrder", (), namespace)
    return strawberry.federation.input(order, description="In which order accounts come.")


def condition_of(given: object, compared: Compared, rules: AccountRules) -> ValueCondition:
    """What an `AccountFilter` states, identifiers in any spelling. Raises `FilterInvalid`."""
    if given is None:
        return EVERYBODY
    stated = combined_condition(given, partial(_tests, compared=compared))
    if stated is None:
        return EVERYBODY
    return mapped(stated, rules.spelled)


def _tests(given: object, compared: Compared) -> Iterator[ValueCondition]:
    for name, trait in compared.items():
        test = getattr(given, attribute(name))
        if test:
            yield from tests_of(trait, test)


def orders_of(given: Any) -> Orders:  # noqa: ANN401 - a list of a made type
    """The orders that are asked for. Raises `Invalid` for more than an answer can wait for."""
    orders = tuple(Order(one.field.value, one.direction is Direction.DESC) for one in given or ())
    if len(orders) > MOST_ORDERS:
        message = f"accounts are sorted by {MOST_ORDERS} traits at most"
        raise Invalid(message, code="ORDER_TOO_LONG")
    return orders
