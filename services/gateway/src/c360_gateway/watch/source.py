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
from c360_subgraph.documents import freed_at_once
from c360_subgraph.frames import forget_frames
from graphql import ExecutionResult, GraphQLSchema, parse, subscribe
from graphql.execution import Executor
from graphql.type.definition import GraphQLResolveInfoHelpers

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
                forget_frames(result.errors or ())
                yield SubgraphResponse(result.data, errors)

    return events


async def _results(
    subgraph: WithSchema, request: SubgraphRequest, context: OperationContext
) -> AsyncGenerator[ExecutionResult, None]:
    begun = subscribe(
        subgraph.schema,
        freed_at_once(parse(request.query)),
        context_value=context,
        variable_values=request.variables,
        operation_name=request.operation_name,
        executor_class=_Executor,
    )
    results = await begun if isawaitable(begun) else begun
    if not isinstance(results, AsyncGenerator):
        raise SubgraphBadReply("The subscription could not begin")
    return results


class _Executor(Executor[None]):
    """Makes its helpers when they are asked for: if it kept them, they would keep it.

    A subscription lasts for hours, and what it leaves in a circle is found hours later.
    """

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Ways to gather awaitables and to leave them behind."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, made: GraphQLResolveInfoHelpers
    ) -> None:
        """Not kept."""
