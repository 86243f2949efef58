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

from c360_policy.table import Coordinates

_NONE: frozenset[str] = frozenset()


def coordinates_of(schema: GraphQLSchema, tags: Mapping[str, frozenset[str]]) -> Coordinates:
    """Fields, arguments, input fields and enum values, introspection aside.

    A tag on a type counts for all its members, one on an interface or its field for the fields
    that implement it: forgetting a tag in one place must not open it in another.
    """
    found: dict[str, frozenset[str]] = {}
    for name, kind in schema.type_map.items():
        if not name.startswith("__"):
            own = tags.get(name, _NONE)
            for member, inherited in _members(kind, tags):
                coordinate = f"{name}.{member}"
                found[coordinate] = own | inherited | tags.get(coordinate, _NONE)
    return found


def interfaces_of(schema: GraphQLSchema) -> Mapping[str, tuple[str, ...]]:
    """The coordinates of interfaces that each field and argument of a type implements."""
    return {
        f"{kind.name}.{member}": found
        for kind in schema.type_map.values()
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        for field, member in _of_fields(kind)
        if (found := tuple(f"{parent}.{member}" for parent in _parents(kind, field)))
    }


def _members(
    kind: GraphQLNamedType, tags: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        for field, member in _of_fields(kind):
            yield member, _inherited(kind, field, member, tags)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from ((name, _NONE) for name in kind.fields)
    elif isinstance(kind, GraphQLEnumType):
        yield from ((name, _NONE) for name in kind.values)


def _of_fields(
    kind: GraphQLObjectType | GraphQLInterfaceType,
) -> Iterator[tuple[str, str]]:
    for name, field in kind.fields.items():
        yield name, name
        yield from ((name, f"{name}({argument}:)") for argument in field.args)


def _parents(kind: GraphQLObjectType | GraphQLInterfaceType, field: str) -> list[str]:
    return [parent.name for parent in kind.interfaces if field in parent.fields]


def _inherited(
    kind: GraphQLObjectType | GraphQLInterfaceType,
    field: str,
    member: str,
    tags: Mapping[str, frozenset[str]],
) -> frozenset[str]:
    places = [place for parent in _parents(kind, field) for place in (parent, f"{parent}.{member}")]
    return _NONE.union(*(tags.get(place, _NONE) for place in places))
