"""One transport made of several, chosen by subgraph."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
    SubgraphUnreachable,
)


class RoutingTransport:
    """Sends each subgraph's requests over its own transport."""

    def __init__(self, routes: Mapping[str, SubgraphTransport]) -> None:
        self._routes = dict(routes)

    def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> Coroutine[Any, Any, SubgraphResponse]:
        """Answer one request."""
        route = self._routes.get(subgraph)
        if route is None:
            raise SubgraphUnreachable(f"no transport leads to {subgraph!r}")
        return route.execute(subgraph, request, context)
