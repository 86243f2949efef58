"""Scalars and enums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

from c360_subgraph.execution import Execution
from c360_subgraph.path import Path
from c360_subgraph.position import Complete

Serialize: TypeAlias = Callable[[Any], Any]


class NoValue:
    """The class that no value is of."""


_AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


def plain_class(type_: object) -> type:
    """The class whose own instances stand in a response as they are; `NoValue` if there is none."""
    return next((plain for leaf, plain in _AS_THEY_ARE.items() if leaf is type_), NoValue)


def leaf(type_: GraphQLLeafType) -> Complete:
    """Completes values of a scalar or an enum."""
    serialize = _serializer(type_)

    def complete(_: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        serialized = serialize(value)
        if serialized is None or serialized is Undefined:
            raise _nothing(type_, value, serialized)
        return serialized

    return complete


def _nothing(type_: GraphQLLeafType, value: object, serialized: object) -> TypeError:
    return TypeError(
        f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return"
        f" non-nullable value, returned: {inspect(serialized)}"
    )


def _serializer(type_: GraphQLLeafType) -> Serialize:
    members = _members(type_)
    if not members:
        return type_.coerce_output_value
    enum = next(iter(members)).__class__

    def serialize(value: Any) -> Any:  # noqa: ANN401
        return members[value] if value.__class__ is enum else type_.coerce_output_value(value)

    return serialize


def _members(type_: GraphQLLeafType) -> Mapping[Any, str]:
    """The names of a Strawberry enum's members: it looks through all of them for every value."""
    enum = getattr(type_, "wrapped_cls", None)
    if not isinstance(type_, GraphQLEnumType) or enum is None:
        return {}
    return {member: type_.coerce_output_value(member) for member in enum}
