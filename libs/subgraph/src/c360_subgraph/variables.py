"""The variables of one operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    get_variable_values,
)
from graphql.execution import VariableValues
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.utilities.coerce_input_value import coerce_input_literal

from c360_subgraph.frames import forget_frames
from c360_subgraph.inputs import Coerce, NotCompilableError, coerced_class, coercion


@dataclass(frozen=True, slots=True)
class _Variable:
    source: VariableValueSource
    default: ValueNode | None
    is_optional: bool
    plain: type
    """Of this class values stay as they are."""
    coerce: Coerce

    def absent(self) -> Any:  # noqa: ANN401
        """What it is when not given: `Undefined` without a default."""
        if self.default is None:
            return Undefined
        return coerce_input_literal(self.default, self.source.signature.type)


class VariableReader:
    """Coerces the variables of an operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._variables = self._compile()

    def read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values of the variables, None if what is given does not fit."""
        quickly = self._quickly(given)
        if quickly is not None:
            return quickly
        read = get_variable_values(self._schema, self._definitions, dict(given), max_errors=1)
        if isinstance(read, list):
            forget_frames(read)
            return None
        return read

    def _compile(self) -> Mapping[str, _Variable] | None:
        try:
            return dict(_variable(self._schema, one) for one in self._definitions)
        except NotCompilableError:
            return None

    def _quickly(self, given: Mapping[str, Any]) -> VariableValues | None:
        if self._variables is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, variable in self._variables.items():
            value = given.get(name, Undefined)
            if value is Undefined:
                sources[name] = variable.source
                value = variable.absent()
                if value is Undefined and not variable.is_optional:
                    return None
            else:
                sources[name] = VariableValueSource(variable.source.signature, value)
                if value.__class__ is not variable.plain:
                    value = variable.coerce(value)
                if value is Undefined:
                    return None
            if value is not Undefined:
                coerced[name] = value
        return VariableValues(sources, coerced)


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> tuple[str, _Variable]:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise NotCompilableError
    default = definition.default_value
    is_optional = default is None and not isinstance(signature.type, GraphQLNonNull)
    source = VariableValueSource(signature)
    plain, coerce = coerced_class(signature.type), coercion(signature.type)
    return signature.name, _Variable(source, default, is_optional, plain, coerce)
