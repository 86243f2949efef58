"""A subgraph's subscriptions as the federation engine listens to them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable
from typing import Protocol

from c360_federation.execute.streams import EventSource
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphRequest,
    SubgraphResponse,
)
from c360_kernel.subgraph import faults
from graphql import ExecutionResult, GraphQLSchema, parse, subscribe

from c360_gateway.context import OperationContext


class WithSchema(Protocol):
    """What has the schema of the moment."""

    @property
    def schema(self) -> GraphQLSchema:
        """An executable schema."""
        ...


def event_source(subgraph: WithSchema) -> EventSource:
    """Runs subscriptions in this process; resolvers find the `OperationContext` in `info`."""

    async def events(
        request: SubgraphRequest, context: object
    ) -> AsyncGenerator[SubgraphResponse, None]:
        assert isinstance(context, OperationContext)
        trace_id = context.caller.trace_id or secrets.token_hex(16)
        async with aclosing(await _results(subgraph, request, context)) as results:
            async for result in results:
                errors = [faults.field_fault(error, trace_id) for error in result.errors or ()]
                yield SubgraphResponse(result.data, errors)

    return events


async def _results(
    subgraph: WithSchema, request: SubgraphRequest, context: OperationContext
) -> AsyncGenerator[ExecutionResult, None]:
    begun = subscribe(
        subgraph.schema,
        parse(request.query),
        context_value=context,
        variable_values=request.variables,
        operation_name=request.operation_name,
    )
    results = await begun if isawaitable(begun) else begun
    if not isinstance(results, AsyncGenerator):
        raise SubgraphBadReply("The subscription could not begin")
    return results
