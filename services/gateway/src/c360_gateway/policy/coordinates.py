"""Every coordinate of a schema with its tags: what a policy table has to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

from c360_gateway.policy.table import Coordinates

_NONE: frozenset[str] = frozenset()


def coordinates_of(schema: GraphQLSchema, tags: Mapping[str, frozenset[str]]) -> Coordinates:
    """Fields, arguments, input fields and enum values, introspection aside.

    A tag on a type counts for all its members, one on an interface's field for the fields that
    implement it: forgetting a tag in one place must not open it in another.
    """
    found: dict[str, frozenset[str]] = {}
    for name, kind in schema.type_map.items():
        if not name.startswith("__"):
            own = tags.get(name, _NONE)
            for member, inherited in _members(kind, tags):
                coordinate = f"{name}.{member}"
                found[coordinate] = own | inherited | tags.get(coordinate, _NONE)
    return found


def _members(
    kind: GraphQLNamedType, tags: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in kind.fields.items():
            inherited = [tags.get(f"{parent.name}.{name}", _NONE) for parent in kind.interfaces]
            yield name, _NONE.union(*inherited)
            yield from ((f"{name}({argument}:)", _NONE) for argument in field.args)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from ((name, _NONE) for name in kind.fields)
    elif isinstance(kind, GraphQLEnumType):
        yield from ((name, _NONE) for name in kind.values)
