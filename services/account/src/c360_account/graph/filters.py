"""What accounts are filtered and sorted by: their traits, and what they come to."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from c360_kernel.accounts.golden import AccountRules
from c360_kernel.catalog.names import constant
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types import Direction
from c360_kernel.subgraph.catalog_types.account_filters import Compared, account_condition
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import named_value

from c360_account.domain.listing import Order, Orders

MOST_ORDERS = 4
"""So many traits and roll-ups accounts may be sorted by."""


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
    stated = account_condition(given, compared, rules.spelled)
    return EVERYBODY if stated is None else stated


def orders_of(given: Any) -> Orders:  # noqa: ANN401 - a list of a made type
    """The orders that are asked for. Raises `Invalid` for more than an answer can wait for."""
    orders = tuple(Order(one.field.value, one.direction is Direction.DESC) for one in given or ())
    if len(orders) > MOST_ORDERS:
        message = f"accounts are sorted by {MOST_ORDERS} traits at most"
        raise Invalid(message, code="ORDER_TOO_LONG")
    return orders
