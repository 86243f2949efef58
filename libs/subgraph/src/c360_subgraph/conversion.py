"""Arguments as Strawberry hands them to resolvers, its input types among them.

Strawberry's `convert_argument` looks a type's fields up, resolves their types
and makes their names anew for every value; here that is done once a type.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from strawberry.relay import GlobalID
from strawberry.schema.compat import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

Convert: TypeAlias = Callable[[Any], Any]


class NotConvertibleError(Exception):
    """The type has its own ways: a `Maybe`, a global id, an input type that builds itself."""


class Conversion:
    """Compiles conversions of the input types of one schema."""

    def __init__(self, scalars: Mapping[object, Any], config: StrawberryConfig) -> None:
        self._scalars = scalars
        self._name_of = config.name_converter.from_field
        self._inputs: dict[type, Convert] = {}

    def of(self, type_: Any) -> Convert | None:  # noqa: ANN401 - any Strawberry type
        """Converts coerced values of a type; None if they stay as they are.

        Raises `NotConvertibleError`.
        """
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise NotConvertibleError
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return _each(self.of(type_.of_type))
        if is_scalar(type_, self._scalars) or isinstance(type_, StrawberryEnumDefinition):
            return None
        if isinstance(type_, LazyType):
            return self.of(cast(object, type_.resolve_type()))
        if has_enum_definition(type_):
            return None
        if has_object_definition(type_) and type_.__strawberry_definition__.from_input is None:
            return self._inputs.get(type_) or self._input(type_)
        raise NotConvertibleError

    def _input(self, type_: Any) -> Convert:  # noqa: ANN401
        definition = type_.__strawberry_definition__
        absent = {field.python_name: None for field in definition.fields if _is_bare(field)}
        members: list[tuple[str, str, Convert | None]] = []

        def convert(value: Any) -> Any:  # noqa: ANN401
            if value is None or value is UNSET:
                return value
            given = dict(absent)
            for name, attribute, member in members:
                if name in value:
                    sent = value[name]
                    given[attribute] = sent if member is None else member(sent)
            return type_(**given)

        # Known before its members are: they may be of this type themselves.
        self._inputs[type_] = convert
        try:
            for field in definition.fields:
                member = self.of(field.resolve_type(type_definition=definition))
                members.append((self._name_of(field), field.python_name, member))
        except NotConvertibleError:
            self._inputs.clear()
            raise
        return convert


def _is_bare(field: Any) -> bool:  # noqa: ANN401 - a dataclass field
    return field.default_value is dataclasses.MISSING and (
        field.default_factory is dataclasses.MISSING
    )


def _each(convert: Convert | None) -> Convert:
    def copy(values: Any) -> Any:  # noqa: ANN401
        return values if values is None or values is UNSET else list(values)

    def convert_each(values: Any) -> Any:  # noqa: ANN401
        if values is None or values is UNSET:
            return values
        return [cast(Convert, convert)(value) for value in values]

    return copy if convert is None else convert_each
