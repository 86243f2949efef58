"""One operation: compiled where that is possible, and else run by graphql-core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)

from c360_subgraph.compiler import compile_operation
from c360_subgraph.execution import Execution, OperationSource
from c360_subgraph.selection import Select
from c360_subgraph.strawberry_fields import StrawberryFields
from c360_subgraph.support import conditions_of, operation_of
from c360_subgraph.variables import VariableReader

_VARIANTS = 16


class Operation:
    """One operation of a validated document. Without `shortcuts` it is not compiled."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        name: str | None,
        shortcuts: StrawberryFields | None,
    ) -> None:
        self.name = name
        self._schema = schema
        self._document = document
        self._compiled = (
            None if shortcuts is None else _compiled_of(schema, document, name, shortcuts)
        )

    async def run(
        self, variables: Mapping[str, Any], context: object, root_value: object = None
    ) -> ExecutionResult:
        """What graphql-core's `execute` would answer."""
        if self._compiled is not None:
            result = await self._compiled.run(variables, context, root_value)
            if result is not None:
                return result
        return await self._by_core(variables, context, root_value)

    async def _by_core(
        self, variables: Mapping[str, Any], context: object, root_value: object
    ) -> ExecutionResult:
        result = execute(
            self._schema,
            self._document,
            root_value,
            context,
            variable_values=dict(variables),
            operation_name=self.name,
        )
        return await result if isawaitable(result) else result


class CompiledOperation:
    """Closures, made once for each way that `conditions` are settled.

    These are the variables of `@skip` and `@include`.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: Sequence[str],
        shortcuts: StrawberryFields,
    ) -> None:
        fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._source = OperationSource(schema, operation, fragments)
        self._variables = VariableReader(schema, operation)
        self._conditions = conditions
        # A cache around a method of its own would keep its operation alive, which keeps the cache.
        compiling = partial(_select, self._source, conditions, shortcuts)
        self._variant = lru_cache(maxsize=_VARIANTS)(compiling)

    async def run(
        self, given: Mapping[str, Any], context: object, root_value: object
    ) -> ExecutionResult | None:
        """The answer, None if graphql-core has to give it: if variables do not fit, above all."""
        variables = self._variables.read(given)
        if variables is None:
            return None
        select = self._variant(*(variables.coerced.get(name) for name in self._conditions))
        if select is None:
            return None
        execution = Execution(self._source, variables, context, root_value)
        data = await _data(select, execution)
        return ExecutionResult(data, execution.errors or None)


def _compiled_of(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, shortcuts: StrawberryFields
) -> CompiledOperation | None:
    operation, conditions = operation_of(document, name), conditions_of(document)
    if operation is None or conditions is None:
        return None
    return CompiledOperation(schema, document, operation, tuple(conditions), shortcuts)


def _select(
    source: OperationSource,
    names: Sequence[str],
    shortcuts: StrawberryFields,
    *settled: object,
) -> Select | None:
    conditions = dict(zip(names, settled, strict=True))
    known = {name: value for name, value in conditions.items() if isinstance(value, bool)}
    if len(known) < len(conditions):
        return None
    try:
        return compile_operation(source, known, shortcuts)
    except RecursionError:
        return None


async def _data(select: Select, execution: Execution) -> dict[str, Any] | None:
    try:
        selected = select(execution, execution.root_value, None)
        return await selected if isawaitable(selected) else selected
    except GraphQLError as error:
        execution.add_error(error, None)
        return None
