"""Sorting customers by a trait."""

from __future__ import annotations

from enum import Enum

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import constant
from c360_kernel.subgraph.catalog_types.fields import tags_of


@strawberry.enum
class Direction(Enum):
    """Which end comes first."""

    ASC = "asc"
    DESC = "desc"


def customer_order_field(catalog: Catalog) -> type[Enum]:
    """`CustomerOrderField`: `LOYALTY_TIER` and so on; a member's value is the trait's name.

    Lists of texts have no order and are left out.
    """
    members = {
        constant(trait.name): strawberry.federation.enum_value(trait.name, tags=tags_of(trait.tag))
        for trait in catalog.traits.values()
        if trait.type != "strings"
    }
    return strawberry.federation.enum(Enum("CustomerOrderField", members))


def customer_order(order_field: type[Enum]) -> type:
    """`CustomerOrder`: `{field: CustomerOrderField!, direction: Direction! = ASC}`."""
    namespace = {
        "__annotations__": {"field": order_field, "direction": Direction},
        "__module__": __name__,
        "direction": Direction.ASC,
    }
    return strawberry.federation.input(type("CustomerOrder", (), namespace))
