"""Subgraphs in the same process, given the checked caller itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from typing import Any, Protocol

from c360_federation.execute.transport import SubgraphRequest, SubgraphResponse
from c360_kernel.context import CallerContext
from c360_kernel.deadline import until
from c360_kernel.metering import metering

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


class InProcess:
    """A transport to one subgraph, which learns the caller and no more.

    `caller_of` is what it learns of who asks.
    """

    def __init__(
        self, subgraph: Executable, caller_of: CallerOf = lambda context: context.caller
    ) -> None:
        self._subgraph = subgraph
        self._caller_of = caller_of

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Answer one request."""
        assert isinstance(context, OperationContext)
        caller = self._caller_of(context)
        parts = request.query, request.variables, request.operation_name
        reply = self._subgraph.execute(*parts, caller)
        with nullcontext() if context.ends_at is None else until(context.ends_at):
            answered = await metering(reply)
        return SubgraphResponse(answered.get("data"), answered.get("errors", []))
