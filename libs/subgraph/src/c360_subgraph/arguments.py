"""A field's arguments: what does not depend on variables is read once.

graphql-core reads what is not simple, and says what is wrong with an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    IntValueNode,
    StringValueNode,
    Undefined,
    VariableNode,
    get_argument_values,
    is_enum_type,
    is_required_argument,
    is_scalar_type,
    is_specified_scalar_type,
)
from graphql.execution import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

ReadArguments: TypeAlias = Callable[[VariableValues], Mapping[str, Any]]
"""The values of a field's arguments by name, of the operation's variables."""


class Arguments(NamedTuple):
    """The values that are the same in every run, and what reads all, if any depends on variables.

    Nobody changes `constants`.
    """

    constants: Mapping[str, Any]
    read: ReadArguments | None = None


_IMMUTABLE = (str, int, float, bool, Enum)
_CONSTANTS = (IntValueNode, FloatValueNode, StringValueNode, BooleanValueNode, EnumValueNode)


class _NotSimpleError(Exception):
    pass


def arguments_of(field: GraphQLField, node: FieldNode) -> Arguments:
    """The arguments that a node gives to a field."""
    given = {argument.name.value: argument for argument in node.arguments or ()}
    try:
        return _simple(field, node, given)
    except _NotSimpleError:
        return Arguments({}, _core_reader(field, node))


def _core_reader(field: GraphQLField, node: FieldNode) -> ReadArguments:
    def read(variables: VariableValues) -> Mapping[str, Any]:
        return get_argument_values(field, node, variables)

    return read


def _simple(field: GraphQLField, node: FieldNode, given: Mapping[str, ArgumentNode]) -> Arguments:
    constants: dict[str, Any] = {}
    of_variables: list[tuple[str, str, Any]] = []
    required: set[str] = set()
    for name, argument in field.args.items():
        out_name = argument.out_name or name
        value = given[name].value if name in given else None
        if isinstance(value, VariableNode):
            of_variables.append((out_name, value.name.value, _default(argument)))
            if isinstance(argument.type, GraphQLNonNull):
                required.add(out_name)
        else:
            constants[out_name] = _literal(argument, given.get(name))
    constants = {name: value for name, value in constants.items() if value is not Undefined}
    if not of_variables:
        return Arguments(constants)
    by_core = _core_reader(field, node)

    def read(variables: VariableValues) -> Mapping[str, Any]:
        arguments = dict(constants)
        for name, variable, default in of_variables:
            value = variables.coerced.get(variable, default)
            if value is not Undefined:
                arguments[name] = value
            if name in required and (value is None or value is Undefined):
                return by_core(variables)
        return arguments

    return Arguments(constants, read)


def _literal(argument: GraphQLArgument, given: ArgumentNode | None) -> Any:  # noqa: ANN401
    if given is None:
        if is_required_argument(argument):
            raise _NotSimpleError
        return _default(argument)
    type_: Any = argument.type
    leaf = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    # A list may be given as its only item, and is not known by a name.
    is_known = is_enum_type(leaf) or (is_scalar_type(leaf) and is_specified_scalar_type(leaf))
    if isinstance(given.value, _CONSTANTS) and is_known:
        value = coerce_input_literal(given.value, leaf)
        if isinstance(value, _IMMUTABLE):
            return cast(object, value)
    raise _NotSimpleError


def _default(argument: GraphQLArgument) -> Any:  # noqa: ANN401
    try:
        return coerce_default_value(argument)
    except TypeError:
        raise _NotSimpleError from None
