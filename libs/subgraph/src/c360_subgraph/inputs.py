"""Coercing variables: one closure per input type instead of a walk over types per value.

A value that does not fit is `Undefined`; graphql-core then says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    is_required_input_field,
)
from graphql.pyutils import is_iterable
from graphql.utilities.coerce_input_value import coerce_default_value

from c360_subgraph.leaves import plain_class

Coerce: TypeAlias = Callable[[Any], Any]
"""The coerced value, `Undefined` for one that does not fit."""


class NotCompilableError(Exception):
    """Left to graphql-core: the type holds itself, or one field alone, or builds its own values."""


def coerced_class(type_: Any) -> type:  # noqa: ANN401 - any input type
    """The class whose own instances need no coercing; `NoValue` if there is none."""
    return plain_class(type_.of_type if isinstance(type_, GraphQLNonNull) else type_)


def coercion(type_: Any, within: tuple[object, ...] = ()) -> Coerce:  # noqa: ANN401 - any input type
    """Coerces values of a type that stands inside the input types `within`.

    Raises `NotCompilableError`.
    """
    if isinstance(type_, GraphQLNonNull):
        return _non_null(coercion(type_.of_type, within))
    if isinstance(type_, GraphQLList):
        return _list(coercion(type_.of_type, within))
    if isinstance(type_, GraphQLInputObjectType):
        if type_ in within or type_.is_one_of or _builds_itself(type_):
            raise NotCompilableError
        return _object(type_, within)
    return _leaf(type_.coerce_input_value)


def _leaf(coerce_value: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:  # noqa: ANN401
        if value is None or value is Undefined:
            return None
        try:
            return coerce_value(value)
        except Exception:
            return Undefined

    return coerce


def _non_null(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:  # noqa: ANN401
        return Undefined if value is None else inner(value)

    return coerce


def _list(item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return None
        values = [item(one) for one in (value if is_iterable(value) else (value,))]
        return Undefined if any(one is Undefined for one in values) else values

    return coerce


def _object(type_: GraphQLInputObjectType, within: tuple[object, ...]) -> Coerce:
    names = type_.fields.keys()
    inside = (*within, type_)
    members = [
        (name, field.out_name or name, _absent(field), coercion(field.type, inside))
        for name, field in type_.fields.items()
    ]

    def coerce(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if not isinstance(value, dict) or not value.keys() <= names:
            return Undefined
        coerced: dict[str, Any] = {}
        for name, out_name, absent, member in members:
            if name in value:
                read = member(value[name])
                if read is Undefined:
                    return Undefined
                coerced[out_name] = read
            elif absent is _REQUIRED:
                return Undefined
            elif absent is not Undefined:
                coerced[out_name] = absent
        return coerced

    return coerce


def _builds_itself(type_: GraphQLInputObjectType) -> bool:
    return type_.out_type is not GraphQLInputObjectType.out_type


_REQUIRED = object()


def _absent(field: GraphQLInputField) -> Any:  # noqa: ANN401
    """The value of a field that is left out: its default, `Undefined` for none."""
    if is_required_input_field(field):
        return _REQUIRED
    try:
        return coerce_default_value(field)
    except TypeError:
        raise NotCompilableError from None
