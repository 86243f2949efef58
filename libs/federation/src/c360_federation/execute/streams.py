"""The port to events of subgraphs: one request in, a response per event out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Protocol, TypeAlias

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphUnreachable,
)


class StreamTransport(Protocol):
    """Carries subscriptions to subgraphs; `context` is passed through untouched."""

    def subscribe(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> AsyncGenerator[SubgraphResponse, None]:
        """The events, until the subgraph ends them; raises TransportError when they break off."""
        ...


EventSource: TypeAlias = Callable[[SubgraphRequest, object], AsyncIterator[SubgraphResponse]]


class InProcessStreams:
    """Subgraphs in the same process: a name and an async generator function each."""

    def __init__(self, sources: Mapping[str, EventSource]) -> None:
        self._sources = dict(sources)

    async def subscribe(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> AsyncGenerator[SubgraphResponse, None]:
        """Pass on what the subgraph's source gives, and close it in the end."""
        source = self._sources.get(subgraph)
        if source is None:
            raise SubgraphUnreachable(f"No events from subgraph {subgraph!r}")
        events = source(request, context)
        try:
            async for event in events:
                yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
