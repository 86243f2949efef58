"""Identifier types as fields and as the enum that lookups name them by."""

from __future__ import annotations

from enum import Enum

import strawberry

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import camel, constant
from c360_kernel.subgraph.catalog_types.fields import FieldSpec, class_with, tags_of


def identifiers_type(catalog: Catalog) -> type:
    """`Identifiers`: a nullable list of values per identifier type, `nationalId: [String!]`."""
    specs = [
        FieldSpec(camel(type_.name), list[str], type_.tag, type_.description)
        for type_ in catalog.identifiers.values()
    ]
    return strawberry.federation.type(class_with("Identifiers", specs), shareable=True)


def identifier_enum(catalog: Catalog) -> type[Enum]:
    """`IdentifierType`: `NATIONAL_ID` and so on; a member's value is the catalog's name."""
    members = {
        constant(type_.name): strawberry.federation.enum_value(type_.name, tags=tags_of(type_.tag))
        for type_ in catalog.identifiers.values()
    }
    return strawberry.federation.enum(Enum("IdentifierType", members))
