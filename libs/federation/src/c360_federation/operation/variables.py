"""Variables: one compiled reader each, that checks, coerces and notes coordinates used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_required_input_field,
    print_ast,
    type_from_ast,
    value_from_ast_untyped,
)

from c360_federation.errors import BAD_VARIABLES, ErrorEntry, RequestRefused, entry
from c360_federation.supergraph.entrusted import Entrusted, entrusted
from c360_federation.values import Json, JsonObject

Kind: TypeAlias = Any
"""A GraphQLInputType; graphql-core leaves its list element unstated."""
Uses: TypeAlias = set[str]
Read: TypeAlias = Callable[[Json, Uses], Json]
_BUILT_IN = frozenset(("Int", "Float", "String", "Boolean", "ID"))
_ABSENT = object()


class BadValue(Exception):
    """A value does not fit; says where and why without repeating it."""

    def __init__(self, reason: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where

    def under(self, step: str) -> BadValue:
        """The same, seen from one level above."""
        return BadValue(self.reason, (step, *self.where))


@dataclass(frozen=True, slots=True)
class VariableReader:
    """How to read one declared variable."""

    name: str
    type: str
    required: bool
    default: Json
    read: Read


def variable_readers(
    schema: GraphQLSchema, node: OperationDefinitionNode
) -> tuple[VariableReader, ...]:
    """Compile the readers of an operation's variables."""
    return tuple(
        VariableReader(
            name=one.variable.name.value,
            type=print_ast(one.type),
            required=print_ast(one.type).endswith("!") and one.default_value is None,
            default=_ABSENT
            if one.default_value is None
            else value_from_ast_untyped(one.default_value),
            read=_reader(type_from_ast(schema, one.type), {}),  # type: ignore[arg-type]
        )
        for one in node.variable_definitions or ()
    )


def read_variables(
    readers: tuple[VariableReader, ...], given: Mapping[str, Json]
) -> tuple[JsonObject, dict[str, frozenset[str]]]:
    """Coerce the values given; also tells the input coordinates that each variable uses.

    Raises RequestRefused with the first problem.
    """
    values: JsonObject = {}
    used: dict[str, frozenset[str]] = {}
    for reader in readers:
        value = given.get(reader.name, reader.default)
        if value is _ABSENT:
            if reader.required:
                raise RequestRefused([_problem(reader, "a value is required")])
            continue
        uses: Uses = set()
        try:
            values[reader.name] = reader.read(value, uses)
        except BadValue as error:
            raise RequestRefused([_problem(reader, error.reason, error.where)]) from None
        if uses:
            used[reader.name] = frozenset(uses)
    return values, used


def _problem(reader: VariableReader, reason: str, where: tuple[str, ...] = ()) -> ErrorEntry:
    at = f" at {'.'.join(where)}" if where else ""
    message = f'Variable "${reader.name}" of type "{reader.type}" is not valid{at}: {reason}'
    return entry(BAD_VARIABLES, message, variable=reader.name)


def _reader(kind: Kind, known: dict[str, Read]) -> Read:
    if isinstance(kind, GraphQLNonNull):
        return _non_null(_reader(kind.of_type, known))
    return _nullable(_inner_reader(kind, known))


def _inner_reader(kind: Kind, known: dict[str, Read]) -> Read:
    if isinstance(kind, GraphQLList):
        return _list(_reader(kind.of_type, known))
    trust = entrusted(kind)
    if trust is not None:
        return _item(kind) if trust is Entrusted.ITEM else _anything
    if isinstance(kind, GraphQLInputObjectType):
        if kind.name not in known:
            # Input types refer to themselves: leave a door open while this one is made.
            known[kind.name] = _later(kind.name, known)
            known[kind.name] = _input_object(kind, known)
        return known[kind.name]
    if isinstance(kind, GraphQLEnumType):
        return _enum(kind)
    assert isinstance(kind, GraphQLScalarType)
    return _scalar(kind) if kind.name in _BUILT_IN else _anything


def _later(name: str, known: dict[str, Read]) -> Read:
    def reader(value: Json, uses: Uses) -> Json:
        return known[name](value, uses)

    return reader


def _non_null(read: Read) -> Read:
    def reader(value: Json, uses: Uses) -> Json:
        if value is None:
            raise BadValue("it may not be null")
        return read(value, uses)

    return reader


def _nullable(read: Read) -> Read:
    def reader(value: Json, uses: Uses) -> Json:
        return None if value is None else read(value, uses)

    return reader


def _list(read: Read) -> Read:
    def reader(value: Json, uses: Uses) -> Json:
        if not isinstance(value, list):
            return [read(value, uses)]
        made: list[Json] = []
        for index, one in enumerate(value):
            try:
                made.append(read(one, uses))
            except BadValue as error:
                raise error.under(str(index)) from None
        return made

    return reader


def _enum(kind: GraphQLEnumType) -> Read:
    coordinates = {name: f"{kind.name}.{name}" for name in kind.values}

    def reader(value: Json, uses: Uses) -> Json:
        coordinate = coordinates.get(value) if isinstance(value, str) else None
        if coordinate is None:
            raise BadValue(f'expected a value of enum "{kind.name}"')
        uses.add(coordinate)
        return value

    return reader


def _scalar(kind: GraphQLScalarType) -> Read:
    parse_value = kind.parse_value

    def reader(value: Json, _: Uses) -> Json:
        try:
            return parse_value(value)
        except Exception:
            raise BadValue(f'expected "{kind.name}"') from None

    return reader


def _anything(value: Json, _: Uses) -> Json:
    return value


def _item(kind: GraphQLInputObjectType) -> Read:
    coordinates = {name: f"{kind.name}.{name}" for name in kind.fields}

    def reader(value: Json, uses: Uses) -> Json:
        if isinstance(value, dict):
            uses.update(coordinates[name] for name in value.keys() & coordinates.keys())
        return value

    return reader


def _input_object(kind: GraphQLInputObjectType, known: dict[str, Read]) -> Read:
    readers = {name: _reader(one.type, known) for name, one in kind.fields.items()}
    coordinates = {name: f"{kind.name}.{name}" for name in readers}
    required = [name for name, one in kind.fields.items() if is_required_input_field(one)]
    exactly_one = bool(getattr(kind, "is_one_of", False))

    def reader(value: Json, uses: Uses) -> Json:
        if not isinstance(value, dict):
            raise BadValue(f'expected an object of type "{kind.name}"')
        for name in required:
            if name not in value:
                raise BadValue("a value is required", (name,))
        if exactly_one and (len(value) != 1 or None in value.values()):
            raise BadValue(f'exactly one field of "{kind.name}" must be given')
        return {name: _member(name, one, uses) for name, one in value.items()}

    def _member(name: object, one: Json, uses: Uses) -> Json:
        read = readers.get(name) if isinstance(name, str) else None
        if read is None or not isinstance(name, str):
            raise BadValue(f'it has a field that type "{kind.name}" does not define')
        uses.add(coordinates[name])
        try:
            return read(one, uses)
        except BadValue as error:
            raise error.under(name) from None

    return reader
