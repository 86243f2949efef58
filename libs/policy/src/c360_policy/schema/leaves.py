"""The fields of a schema that answer with a value, and the scalar or enum of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)


def leaf_scalars(schema: GraphQLSchema) -> Mapping[str, str]:
    """By coordinate, the name of the scalar or enum that a field answers with."""
    return dict(_leaves(schema))


def _leaves(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for field_name, field in kind.fields.items():
                named = get_named_type(field.type)
                if is_leaf_type(named):
                    yield f"{name}.{field_name}", named.name
