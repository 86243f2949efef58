"""Runs operations, compiled where that is possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute

from c360_subgraph.documents import LONGEST_REMEMBERED
from c360_subgraph.operation import CompiledOperation
from c360_subgraph.strawberry_fields import StrawberryFields
from c360_subgraph.support import conditions_of, operation_of

_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class OperationKey:
    """A validated document, known by its text, and which of its operations to run."""

    text: str
    name: str | None
    document: DocumentNode = field(compare=False)


class Operations:
    """Runs operations on one schema and remembers the most recent ones as compiled.

    Very long texts are not compiled: nobody remembers their documents either.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._compiled = lru_cache(maxsize=_REMEMBERED)(
            partial(_compiled, schema, StrawberryFields(schema))
        )

    async def execute(
        self,
        key: OperationKey,
        variables: Mapping[str, Any],
        context: object,
        root_value: object = None,
    ) -> ExecutionResult:
        """What graphql-core's `execute` would answer."""
        if len(key.text) <= LONGEST_REMEMBERED:
            operation = self._compiled(key)
            result = operation and await operation.run(variables, context, root_value)
            if result:
                return result
        return await self._execute(key, variables, context, root_value)

    async def _execute(
        self, key: OperationKey, variables: Mapping[str, Any], context: object, root_value: object
    ) -> ExecutionResult:
        result = execute(
            self._schema,
            key.document,
            root_value,
            context,
            variable_values=dict(variables),
            operation_name=key.name,
        )
        return await result if isawaitable(result) else result


def _compiled(
    schema: GraphQLSchema, shortcuts: StrawberryFields, key: OperationKey
) -> CompiledOperation | None:
    operation = operation_of(key.document, key.name)
    conditions = conditions_of(key.document)
    if operation is None or conditions is None:
        return None
    return CompiledOperation(schema, key.document, operation, tuple(conditions), shortcuts)
