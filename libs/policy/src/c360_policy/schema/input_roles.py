"""What a value given to a field is for: the role of the argument that the schema takes it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

InputRole = Literal["filter", "sort", "lookup"]

_ROLES: Mapping[str, InputRole] = {
    "filter": "filter",
    "where": "filter",
    "orderBy": "sort",
    "order": "sort",
    "sortBy": "sort",
    "sort": "sort",
}
# Of a value that one field takes in several roles, the one that tells most is put on record.
_PRECEDENCE: tuple[InputRole, ...] = ("lookup", "sort", "filter")
_SCHEMAS = 4


class InputRoles:
    """By field, the role of each argument and of all that its input type holds."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._roles: dict[tuple[str, str], InputRole] = {}
        for role in _PRECEDENCE:
            self._roles |= dict.fromkeys(_taken_as(role, schema), role)

    @property
    def compared(self) -> frozenset[str]:
        """The coordinates that answers are filtered and sorted by."""
        return frozenset(name for (_, name), role in self._roles.items() if role != "lookup")

    def of(self, field: str | None, coordinate: str) -> InputRole:
        """The role of a coordinate that is given to a field; what no argument takes looks up."""
        return self._roles.get((field or "", coordinate), "lookup")


@lru_cache(_SCHEMAS)
def input_roles(schema: GraphQLSchema) -> InputRoles:
    """The roles of a schema, read off it once."""
    return InputRoles(schema)


def _taken_as(wanted: InputRole, schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for kind in schema.type_map.values():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in kind.fields.items():
                owner = f"{kind.name}.{name}"
                for argument, taken in field.args.items():
                    if _ROLES.get(argument, "lookup") == wanted:
                        yield owner, f"{owner}({argument}:)"
                        yield from ((owner, one) for one in _held(get_named_type(taken.type)))


def _held(root: GraphQLNamedType) -> Iterator[str]:
    """Every input field and enum value that a value of this type may be made of."""
    waiting, seen = [root], {root.name}
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{kind.name}.{value}" for value in kind.values)
        elif isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}"
                held = get_named_type(field.type)
                if held.name not in seen:
                    seen.add(held.name)
                    waiting.append(held)
