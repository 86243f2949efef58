"""A span around each request to a subgraph, whose trace the request carries on."""

from __future__ import annotations

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
)
from c360_kernel.telemetry import Tracer, current_traceparent


class TracedTransport:
    """A transport that tells how long each subgraph took."""

    def __init__(self, inner: SubgraphTransport, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Answer one request."""
        with self._tracer.span(f"subgraph {subgraph}", current_traceparent()) as span:
            response = await self._inner.execute(subgraph, request, context)
            span.set_attribute("c360.errors", len(response.errors))
            return response
