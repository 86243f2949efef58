"""The standalone server: a supergraph file behind `/graphql`, and `/health`."""

from __future__ import annotations

from collections.abc import Mapping

from c360_federation.engine import Engine, EngineSettings
from c360_federation.errors import RequestRefused
from c360_federation.execute.faults import Report, masked
from c360_federation.execute.http_client import HttpTransport
from c360_federation.http import (
    Documents,
    ExecuteHttp,
    GraphQLHttpApp,
    GraphQLReply,
    GraphQLRequest,
    refuse_mutation_over_get,
)
from c360_federation.http.app import Receive, Scope, Send
from c360_federation.supergraph import read_supergraph


def engine_executor(engine: Engine, documents: Documents | None = None) -> ExecuteHttp:
    """Execute HTTP requests on an engine, open to all; the headers are the context.

    Without `documents` a request has to bring its text along.
    """
    known = documents or Documents()

    async def execute(request: GraphQLRequest, headers: Mapping[str, str]) -> GraphQLReply:
        try:
            request = known.resolve(request, headers)
            prepared = engine.prepare(request.query, request.operation_name, request.variables)
        except RequestRefused as refused:
            return GraphQLReply({"errors": refused.errors}, executed=False)
        refuse_mutation_over_get(request, prepared.kind)
        result = await engine.execute(prepared, headers)
        return GraphQLReply(result.payload())

    return execute


class Server:
    """An ASGI app over one supergraph whose subgraphs are asked over HTTP."""

    def __init__(self, supergraph_sdl: str, report: Report = masked) -> None:
        supergraph = read_supergraph(supergraph_sdl)
        self._transport = HttpTransport({one.name: one.url for one in supergraph.graphs.values()})
        engine = Engine(supergraph, self._transport, EngineSettings(report=report))
        self._graphql = GraphQLHttpApp(engine_executor(engine))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by path."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"] == "/graphql":
            await self._graphql(scope, receive, send)
        else:
            is_health = scope["path"] == "/health"
            await _plain(send, 200 if is_health else 404, b"ok" if is_health else b"not found")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._transport.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
