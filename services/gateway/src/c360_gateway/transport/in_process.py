"""Subgraphs in the same process, given the checked caller itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from typing import Any, Protocol

from c360_federation.execute.transport import (
    Handler,
    InProcessTransport,
    SubgraphRequest,
    SubgraphResponse,
)
from c360_kernel.context import CallerContext
from c360_kernel.deadline import within
from c360_kernel.metering import metered

from c360_gateway.context import OperationContext


class Executable(Protocol):
    """What `c360_kernel.subgraph.subgraph.Subgraph` offers."""

    def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Run one operation."""
        ...


CallerOf = Callable[[OperationContext], CallerContext]


def in_process(subgraphs: Mapping[str, Executable]) -> InProcessTransport:
    """A transport to domain subgraphs, which learn the caller and no more."""
    return InProcessTransport({name: handler(one) for name, one in subgraphs.items()})


def handler(subgraph: Executable, caller_of: CallerOf = lambda context: context.caller) -> Handler:
    """A subgraph as the engine calls it; `caller_of` is what it learns of who asks."""

    async def handle(request: SubgraphRequest, context: object) -> SubgraphResponse:
        assert isinstance(context, OperationContext)
        caller = caller_of(context)
        reply = subgraph.execute(request.query, request.variables, request.operation_name, caller)
        left = context.seconds_left
        with nullcontext() if left is None else within(left):
            answered = await metered(reply)
        return SubgraphResponse(answered.get("data"), answered.get("errors", []))

    return handle
