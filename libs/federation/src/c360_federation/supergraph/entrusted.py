"""Input types whose values their subgraph judges by itself, one by one.

GraphQL refuses a whole request for one value that does not fit. A subgraph that takes items in
bulk and answers about each of them wants to see every one: its input types stay in the schema as
they are declared, for tools and people, and values given for them are passed on as they came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

_MARK = "c360.entrusted"
_MARKED = (GraphQLInputObjectType, GraphQLEnumType)


class Entrusted(Enum):
    """What such a type is: an item as a whole, or a part of one."""

    ITEM = "item"
    PART = "part"


def entrust(schema: GraphQLSchema, names: Collection[str]) -> None:
    """Mark input types by name, and as parts every input type and enum that only they are made of.

    Names that the schema does not have are passed over.
    """
    for name in names:
        item = schema.type_map.get(name)
        if isinstance(item, GraphQLInputObjectType):
            for part in _inputs_within(item, set()):
                part.extensions.setdefault(_MARK, Entrusted.PART)
            item.extensions[_MARK] = Entrusted.ITEM
    for enum in _enums_within(schema):
        enum.extensions.setdefault(_MARK, Entrusted.PART)


def entrusted(kind: object) -> Entrusted | None:
    """What an input type is marked as; None for one that is checked as GraphQL says."""
    return kind.extensions.get(_MARK) if isinstance(kind, _MARKED) else None


def _enums_within(schema: GraphQLSchema) -> Collection[GraphQLEnumType]:
    """The enums that are input of entrusted types, and of nothing else."""
    within, beside = set[GraphQLEnumType](), set[GraphQLEnumType]()
    for kind in schema.type_map.values():
        found = {one for one in _inputs_of(kind) if isinstance(one, GraphQLEnumType)}
        (beside if entrusted(kind) is None else within).update(found)
    return within - beside


def _inputs_of(kind: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    """The named types of its own fields, or of the arguments of its fields."""
    if isinstance(kind, GraphQLInputObjectType):
        yield from (get_named_type(field.type) for field in kind.fields.values())
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field in kind.fields.values():
            yield from (get_named_type(one.type) for one in field.args.values())


def _inputs_within(
    kind: GraphQLInputObjectType, seen: set[str]
) -> Iterator[GraphQLInputObjectType]:
    for field in kind.fields.values():
        named = get_named_type(field.type)
        if isinstance(named, GraphQLInputObjectType) and named.name not in seen:
            seen.add(named.name)
            yield named
            yield from _inputs_within(named, seen)
