"""A subgraph's subscriptions as the federation engine listens to them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable

from c360_federation.execute.streams import EventSource
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphRequest,
    SubgraphResponse,
)
from c360_kernel.subgraph import faults
from c360_kernel.subgraph.subgraph import Subgraph
from graphql import ExecutionResult, parse, subscribe

from c360_gateway.context import OperationContext


def event_source(subgraph: Subgraph) -> EventSource:
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
    subgraph: Subgraph, request: SubgraphRequest, context: OperationContext
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
