"""Identifier types as fields and as the enum that lookups name them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import strawberry

from c360_kernel.catalog.model import Catalog, IdentifierType
from c360_kernel.catalog.names import camel, constant
from c360_kernel.subgraph.catalog_types.descriptions import identifier_described
from c360_kernel.subgraph.catalog_types.fields import attribute, named_value, tags_of
from c360_kernel.subgraph.listing import First, listed


def identifiers_type(catalog: Catalog, name: str = "Identifiers") -> type:
    """A nullable list of values per identifier type, `nationalId: [String!]`.

    Made with `values`, which has a list for each type of which there are any.
    """
    namespace: dict[str, Any] = {
        attribute(camel(type_.name)): strawberry.federation.field(
            resolver=_values_of(type_.name),
            graphql_type=list[str] | None,
            name=camel(type_.name),
            tags=tags_of(type_.tag),
            description=identifier_described(type_),
        )
        for type_ in catalog.identifiers.values()
    }
    namespace["__annotations__"] = {"values": strawberry.Private[Mapping[str, list[str]]]}
    namespace["__module__"] = __name__
    made = type(name, (), namespace)
    described = "Identifiers by type, normalized: each a list, empty where there is none."
    return strawberry.federation.type(made, shareable=True, description=described)


def _values_of(name: str) -> Callable[..., Any]:
    def values(root: Any, first: First = None) -> Any:  # noqa: ANN401 - the type that is being made
        return listed(root.values.get(name, []), first)

    return values


def identifier_enum(catalog: Catalog) -> type[Enum]:
    """`NATIONAL_ID` and so on; a member's value is the catalog's name."""
    return _enum("IdentifierType", catalog.identifiers.values())


def identifier_input_enum(catalog: Catalog) -> type[Enum]:
    """The types that sources say."""
    return _enum("IdentifierInputType", catalog.written_identifiers.values())


def _enum(name: str, types: Iterable[IdentifierType]) -> type[Enum]:
    members = {
        constant(type_.name): named_value(type_.name, type_.tag, identifier_described(type_))
        for type_ in types
    }
    return strawberry.federation.enum(
        Enum(name, members), description="A type of identifier in the catalog."
    )
