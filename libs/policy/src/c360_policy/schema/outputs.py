"""What a schema answers with: the fields of its objects, and nothing that is only asked by."""

from __future__ import annotations

from graphql import GraphQLObjectType, GraphQLSchema


def outputs_of(schema: GraphQLSchema) -> frozenset[str]:
    """Every field of every object, as `Type.field`."""
    return frozenset(
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name in kind.fields
    )
