"""Shortcuts to what Strawberry's generic resolvers end up doing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NoReturn, TypeAlias

from graphql import GraphQLField, GraphQLSchema
from strawberry.schema import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.field import StrawberryField

from c360_subgraph.conversion import Conversion, NotConvertibleError

Call: TypeAlias = Callable[..., Any]
"""`call(source, info, **arguments)`, as graphql-core calls a resolver."""

_ConvertWithInfo: TypeAlias = Callable[[Any, Any], Any]


class StrawberryFields:
    """The fields of one schema; of one that is not Strawberry's, none has a shortcut."""

    def __init__(self, schema: GraphQLSchema) -> None:
        made_of: Schema | None = getattr(schema, "_strawberry_schema", None)
        self._schema = made_of
        self._calls: dict[int, Call | None] = {}
        if made_of is not None:
            converter = made_of.schema_converter
            self._handles_exceptions = bool(converter.exception_handlers)
            self._config = converter.config
            self._scalars = converter.scalar_registry
            self._conversion = Conversion(converter.scalar_registry, converter.config)

    def attribute(self, field: GraphQLField) -> str | None:
        """The attribute whose value a field is, if that is all there is to it."""
        definition = self._definition(field)
        if definition is None or not definition.is_basic_field:
            return None
        return definition.python_name if definition.default_resolver is getattr else None

    def call(self, field: GraphQLField) -> Call | None:
        """What calls the function that resolves a field, if nothing else has a say in it."""
        if id(field) not in self._calls:
            self._calls[id(field)] = self._compile(field)
        return self._calls[id(field)]

    def _definition(self, field: GraphQLField) -> StrawberryField | None:
        if self._schema is None or self._handles_exceptions:
            return None
        definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(definition, StrawberryField):
            return None
        is_usual = type(definition).get_result is StrawberryField.get_result
        return definition if is_usual else None

    def _compile(self, field: GraphQLField) -> Call | None:
        definition = self._definition(field)
        if definition is None or definition.extensions or definition.is_subscription:
            return None
        resolver: Any = definition.base_resolver
        if resolver is None:
            return None
        function = resolver.wrapped_func
        if definition.is_async and not inspect.iscoroutinefunction(function):
            return None
        prepare = self._preparation(definition, resolver)
        return _deferred(function, prepare) if definition.is_async else _direct(function, prepare)

    def _preparation(self, definition: StrawberryField, resolver: Any) -> _Prepare:  # noqa: ANN401
        info_class: Any = self._config.info_class
        name_of = self._config.name_converter.from_argument
        arguments = [
            (name_of(argument), argument.python_name, self._converter(argument))
            for argument in definition.arguments
        ]
        takes_self = bool(resolver.self_parameter)
        info_parameter = _name(resolver.info_parameter)
        of_source = [
            _name(parameter)
            for parameter in (resolver.parent_parameter, resolver.root_parameter)
            if parameter
        ]

        def prepare(source: object, info: Any, given: Mapping[str, Any]) -> _Prepared:  # noqa: ANN401
            keywords: dict[str, Any] = {}
            strawberry_info = info_class(_raw_info=info, _field=definition)
            for name, attribute, convert in arguments:
                if name in given:
                    value = given[name]
                    keywords[attribute] = (
                        value if convert is None else convert(value, strawberry_info)
                    )
            for parameter in of_source:
                keywords[parameter] = source
            if info_parameter:
                keywords[info_parameter] = strawberry_info
            return ((source,) if takes_self else ()), keywords

        return prepare

    def _converter(self, argument: StrawberryArgument) -> _ConvertWithInfo | None:
        try:
            convert = self._conversion.of(argument.type)
        except NotConvertibleError:
            return self._by_strawberry(argument)
        return None if convert is None else lambda value, _: convert(value)

    def _by_strawberry(self, argument: StrawberryArgument) -> _ConvertWithInfo:
        path = (self._config.name_converter.from_argument(argument),)

        def convert(value: Any, info: Any) -> Any:  # noqa: ANN401
            return convert_argument(
                value, argument.type, self._scalars, self._config, info, path=path
            )

        return convert


_Prepared: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]
_Prepare: TypeAlias = Callable[[object, Any, Mapping[str, Any]], _Prepared]


def _direct(function: Call, prepare: _Prepare) -> Call:
    def call(source: object, info: object, /, **given: Any) -> Any:  # noqa: ANN401
        positional, named = prepare(source, info, given)
        return function(*positional, **named)

    return call


def _deferred(function: Call, prepare: _Prepare) -> Call:
    def call(source: object, info: object, /, **given: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        try:
            positional, named = prepare(source, info, given)
        except Exception as error:
            # Strawberry converts arguments when the coroutine runs: the error belongs there.
            return _raise(error)
        return function(*positional, **named)

    return call


async def _raise(error: Exception) -> NoReturn:
    raise error


def _name(parameter: inspect.Parameter | None) -> str:
    return parameter.name if parameter else ""
