"""One operation, compiled once for each way its conditions are settled."""

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
)

from c360_subgraph.compiler import compile_operation
from c360_subgraph.execution import Execution, OperationSource
from c360_subgraph.selection import Select
from c360_subgraph.strawberry_fields import StrawberryFields
from c360_subgraph.variables import VariableReader

_VARIANTS = 16


class CompiledOperation:
    """Runs one operation; `conditions` names the variables of its `@skip` and `@include`."""

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
        compiling = partial(_compiled, self._source, conditions, shortcuts)
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


def _compiled(
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
