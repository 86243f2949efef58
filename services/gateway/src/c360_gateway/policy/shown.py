"""What of a schema a role set is shown.

That is what a request of theirs may use, by the same decisions that requests meet; and, for who
may introspect, also the names of what carries no tag, or none that they may not read unmasked,
unless a rule denies it. A name is no data: what is only shown is refused like anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from c360_federation.policy import Denial, Use, UseKind
from c360_policy.schema.written import WaysToWrite
from c360_policy.table import PolicyTable
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationType,
    get_named_type,
)

Decide: TypeAlias = Callable[[Use], Denial | None]
_Spot: TypeAlias = tuple[str, str, tuple[str, ...]]
"""A field that an input is given to, its operation, and its place."""


def shown_coordinates(
    schema: GraphQLSchema, table: PolicyTable, decide: Decide, ways: WaysToWrite
) -> frozenset[str]:
    """Every coordinate that is shown, interfaces by the types that implement them."""
    walk = _Walk(schema, table, decide, ways)
    for operation in OperationType:
        root = schema.get_root_type(operation)
        if root is not None:
            walk.root(root, operation.value)
    named = frozenset(_named(table)) if table.may_introspect else frozenset[str]()
    shown = named | walk.usable
    return shown - frozenset(_partly_implemented(schema, shown)) | frozenset(
        _implemented(schema, shown)
    )


def _named(table: PolicyTable) -> Iterator[str]:
    for name, tags in table.tags.items():
        read, write = table.read(name), table.write(name)
        is_denied = any(one.action == "deny" and one.rule_ids for one in (read, write))
        if not is_denied and (not tags or read.action == "allow"):
            yield name


class _Walk:
    """Goes through what may be used, from the roots."""

    def __init__(
        self, schema: GraphQLSchema, table: PolicyTable, decide: Decide, ways: WaysToWrite
    ) -> None:
        self._schema = schema
        self._table = table
        self._decide = decide
        self._ways = ways
        self._seen: set[object] = set()
        self.usable: set[str] = set()

    def root(self, kind: GraphQLObjectType, operation: str) -> None:
        self._fields(kind, operation, ("root",))

    def _output(self, kind: GraphQLNamedType) -> None:
        if kind.name in self._seen:
            return
        self._seen.add(kind.name)
        if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
            for one in self._schema.get_possible_types(kind):
                self._output(one)
        elif isinstance(kind, GraphQLObjectType):
            self._fields(kind, "query", ("root", "below"))
        elif isinstance(kind, GraphQLEnumType):
            # Answers hold the values of a field that may be read, whoever decides on values.
            names = (f"{kind.name}.{value}" for value in kind.values)
            self.usable.update(name for name in names if not self._is_denied(name))

    def _is_denied(self, coordinate: str) -> bool:
        read = self._table.read(coordinate)
        return read.action == "deny" and bool(read.rule_ids)

    def _fields(self, kind: GraphQLObjectType, operation: str, path: tuple[str, ...]) -> None:
        for name, field in kind.fields.items():
            coordinate = f"{kind.name}.{name}"
            if self._may(coordinate, UseKind.FIELD, None, operation, path):
                self._arguments(field, (coordinate, operation, path))
                self._output(get_named_type(field.type))

    def _arguments(self, field: GraphQLField, spot: _Spot) -> None:
        owner, operation, path = spot
        for name, argument in field.args.items():
            if self._may(f"{owner}({name}:)", UseKind.ARGUMENT, owner, operation, path):
                self._input(get_named_type(argument.type), spot)

    def _input(self, kind: GraphQLNamedType, spot: _Spot) -> None:
        if (kind.name, spot) in self._seen:
            return
        self._seen.add((kind.name, spot))
        owner, operation, path = spot
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                coordinate = f"{kind.name}.{name}"
                if self._may(coordinate, UseKind.INPUT_FIELD, owner, operation, path):
                    self._input(get_named_type(field.type), spot)
        elif isinstance(kind, GraphQLEnumType):
            for name in kind.values:
                self._may(f"{kind.name}.{name}", UseKind.ENUM_VALUE, owner, operation, path)

    def _may(
        self,
        coordinate: str,
        kind: UseKind,
        because_of: str | None,
        operation: str,
        path: tuple[str, ...],
    ) -> bool:
        use = Use(coordinate, kind, path, because_of, operation)
        may = self._decide(use) is None and self._ways.is_open(coordinate, self._table)
        if may:
            self.usable.add(coordinate)
        return may


def _implementing(
    schema: GraphQLSchema, shown: frozenset[str]
) -> Mapping[str, list[GraphQLObjectType]]:
    """By interface the types of which anything is shown."""
    return {
        kind.name: [
            one
            for one in schema.get_possible_types(kind)
            if any(f"{one.name}.{name}" in shown for name in one.fields)
        ]
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLInterfaceType)
    }


def _of_interfaces(schema: GraphQLSchema, shown: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Every member of an interface, and the same of each type that is shown."""
    for name, types in _implementing(schema, shown).items():
        for member, field in schema.type_map[name].fields.items():  # type: ignore[attr-defined]
            for one in (member, *(f"{member}({argument}:)" for argument in field.args)):
                yield f"{name}.{one}", [f"{kind.name}.{one}" for kind in types]


def _partly_implemented(schema: GraphQLSchema, shown: frozenset[str]) -> Iterator[str]:
    # A type that lacks a field of its interface would be no valid schema for tools.
    for name, members in _of_interfaces(schema, shown):
        if not members or not shown.issuperset(members):
            yield name


def _implemented(schema: GraphQLSchema, shown: frozenset[str]) -> Iterator[str]:
    for name, members in _of_interfaces(schema, shown):
        if members and shown.issuperset(members):
            yield name
