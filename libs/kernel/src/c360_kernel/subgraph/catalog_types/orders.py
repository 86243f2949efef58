"""Sorting customers by a trait."""

from __future__ import annotations

from enum import Enum

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import constant
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import named_value


@strawberry.enum(description="Which end comes first.")
class Direction(Enum):
    """GraphQL enum."""

    ASC = strawberry.enum_value("asc", description="The smallest first.")
    DESC = strawberry.enum_value("desc", description="The greatest first.")


def customer_order_field(catalog: Catalog) -> type[Enum]:
    """`CustomerOrderField`: `LOYALTY_TIER` and so on; a member's value is the trait's name.

    Lists of texts have no order and are left out.
    """
    members = {
        constant(trait.name): named_value(trait.name, trait.tags, trait_described(trait))
        for trait in catalog.profile_traits.values()
        if trait.type != "strings"
    }
    made = Enum("CustomerOrderField", members)
    return strawberry.federation.enum(made, description="A trait that customers are sorted by.")


def customer_order(order_field: type[Enum]) -> type:
    """`CustomerOrder`: `{field: CustomerOrderField!, direction: Direction! = ASC}`."""
    namespace = {
        "__annotations__": {"field": order_field, "direction": Direction},
        "__module__": __name__,
        "field": strawberry.field(description="The trait; who has none comes last."),
        "direction": strawberry.field(description="Which end comes first.", default=Direction.ASC),
    }
    made = type("CustomerOrder", (), namespace)
    return strawberry.federation.input(made, description="In which order customers come.")
