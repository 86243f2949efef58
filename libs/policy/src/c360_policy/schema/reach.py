"""Which coordinates an act is ever asked of: a rule about another one could hold for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from c360_policy.rule import Act
from c360_policy.schema.input_roles import input_roles
from c360_policy.schema.leaves import leaf_scalars


@dataclass(frozen=True)
class Inapplicable:
    """What a schema never asks of: by act, the types whose members are not held against it.

    `compared` are the coordinates that answers are filtered and sorted by; None: not known.
    `leaves` are the fields that answer with a value, by the scalar of each.
    """

    types: Mapping[Act, frozenset[str]] = field(default_factory=dict[Act, frozenset[str]])
    compared: frozenset[str] | None = None
    leaves: Mapping[str, str] = field(default_factory=dict[str, str])


LOOKUPS = frozenset(
    ("Query.customerByIdentifier", "Query.customersByIdentifier", "Query.customerByRecord")
)
"""Fields that find customers by the whole of a value that the caller knows already."""
_IDENTIFIER_TYPE = "IdentifierType"


_ITEM_PARTS = frozenset(
    (
        "AccountIdentifierInput",
        "AccountLinkInput",
        "AccountTraitsInput",
        "EventPropertiesInput",
        "IdentifierInput",
        "IdentifierInputType",
        "TagsInput",
        "TraitsInput",
    )
)


def is_item_part(coordinate: str) -> bool:
    """Whether this is a part of what mutations take: the collector decides each value of it."""
    return coordinate.partition(".")[0] in _ITEM_PARTS


def is_applicable(act: Act, coordinate: str, inapplicable: Inapplicable) -> bool:
    """Whether operations are ever held against this coordinate under this act.

    What a mutation is given is written, what it answers is read; nothing else is written.
    """
    root = coordinate.partition(".")[0]
    if root in inapplicable.types.get(act, ()):
        return False
    if act == "filter":
        return inapplicable.compared is None or coordinate in inapplicable.compared
    if act == "export":
        return root != "Mutation" and "(" not in coordinate
    if act == "lookup":
        return root == _IDENTIFIER_TYPE or coordinate.partition("(")[0] in LOOKUPS
    if act == "write":
        return root not in ("Query", "Subscription")
    return root != "Mutation"


def inapplicable_types(schema: GraphQLSchema) -> Inapplicable:
    """What is given to no mutation is not written; what is given to nothing else, not read by.

    The values of an enum that only answers hold are of both kinds. Identifier types are written
    with every item, whatever its mutation is given.
    """
    inputs = {name for name, kind in schema.type_map.items() if _is_given(kind)}
    mutation = schema.mutation_type
    written = _given_to(mutation) if mutation is not None else frozenset[str]()
    read = frozenset[str]().union(
        *(_given_to(kind) for kind in _answering(schema) if kind is not mutation)
    )
    types: dict[Act, frozenset[str]] = {
        "read": frozenset(inputs - read),
        "write": frozenset(inputs - written - {_IDENTIFIER_TYPE}),
        "export": frozenset(inputs),
    }
    return Inapplicable(types, input_roles(schema).compared, leaf_scalars(schema))


def _is_given(kind: GraphQLNamedType) -> bool:
    is_own = not kind.name.startswith("__")
    return is_own and isinstance(kind, (GraphQLInputObjectType, GraphQLEnumType))


def _answering(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    for kind in schema.type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            yield kind


def _given_to(kind: GraphQLObjectType | GraphQLInterfaceType) -> frozenset[str]:
    waiting = [
        get_named_type(argument.type)
        for field in kind.fields.values()
        for argument in field.args.values()
    ]
    found: set[str] = set()
    while waiting:
        given = waiting.pop()
        if given.name not in found:
            found.add(given.name)
            if isinstance(given, GraphQLInputObjectType):
                waiting += [get_named_type(field.type) for field in given.fields.values()]
    return frozenset(found)
