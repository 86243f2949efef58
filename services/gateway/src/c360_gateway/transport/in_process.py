"""Subgraphs of this process, given the checked caller itself; others are asked elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
    SubgraphUnreachable,
)
from c360_kernel.context import CallerContext
from c360_kernel.deadline import ENDS_AT
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
_NO_CALLERS: Mapping[str, CallerOf] = {}


class _Nowhere:
    """Where there are no others."""

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        raise SubgraphUnreachable(f"no transport leads to {subgraph!r}")


NOWHERE: SubgraphTransport = _Nowhere()


class InProcess:
    """A transport to subgraphs by name, which learn the caller and no more.

    `elsewhere` asks those that are not among them; `callers` say what one of them learns of who
    asks in the place of that.
    """

    def __init__(
        self,
        subgraphs: Mapping[str, Executable],
        elsewhere: SubgraphTransport = NOWHERE,
        callers: Mapping[str, CallerOf] = _NO_CALLERS,
    ) -> None:
        self._subgraphs = subgraphs
        self._elsewhere = elsewhere
        self._callers = callers

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Answer one request."""
        asked = self._subgraphs.get(subgraph)
        if asked is None:
            return await self._elsewhere.execute(subgraph, request, context)
        assert isinstance(context, OperationContext)
        caller_of = self._callers.get(subgraph)
        caller = context.caller if caller_of is None else caller_of(context)
        parts = request.query, request.variables, request.operation_name
        reply = asked.execute(*parts, caller)
        began = ENDS_AT.set(context.ends_at)
        try:
            answered = await metering(reply)
        finally:
            ENDS_AT.reset(began)
        return SubgraphResponse(answered.get("data"), answered.get("errors", []))
