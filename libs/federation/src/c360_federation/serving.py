"""The standalone server: a supergraph file behind `/graphql`, and `/health`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path

from c360_federation.answers import ExecutionResult
from c360_federation.engine import Engine, EngineSettings
from c360_federation.errors import RequestRefused
from c360_federation.execute.faults import Report, masked
from c360_federation.execute.http_client import HttpSettings, HttpStreams, HttpTransport
from c360_federation.http import (
    Connect,
    Delivery,
    ExecuteHttp,
    GraphQLHttpApp,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    GraphQLWebSocketApp,
    PersistedDocuments,
    refuse_mutation_over_get,
    refuse_undeliverable,
)
from c360_federation.http.app import Scope
from c360_federation.http.streaming import Receive, Send
from c360_federation.reloading import EngineSwap, SupergraphFile
from c360_federation.subscribing import OpenSubscriber, RequestedOperation
from c360_federation.supergraph import read_supergraph
from c360_federation.supergraph.model import Supergraph
from c360_federation.values import JsonObject


def engine_executor(
    engines: Engine | EngineSwap, documents: PersistedDocuments | None = None
) -> ExecuteHttp:
    """Execute HTTP requests, open to all; the headers are the context.

    Without `documents` a request has to bring its text along.
    """
    known = documents or PersistedDocuments()

    async def execute(
        request: GraphQLRequest, headers: Mapping[str, str]
    ) -> GraphQLReply | GraphQLStream:
        engine = engines if isinstance(engines, Engine) else engines.current
        try:
            request = known.resolve(request, headers)
            prepared = engine.prepare(request.query, request.operation_name, request.variables)
        except RequestRefused as refused:
            return GraphQLReply({"errors": refused.errors}, executed=False)
        refuse_mutation_over_get(request, prepared.kind)
        refuse_undeliverable(request, prepared.kind)
        if prepared.kind == "subscription":
            requested = RequestedOperation(request.query, request.operation_name, request.variables)
            return GraphQLStream(_payloads(engine.subscribe(requested, OpenSubscriber(headers))))
        if prepared.is_deferred and request.delivery is not Delivery.WHOLE:
            return GraphQLStream(engine.execute_in_parts(prepared, headers))
        result = await engine.execute(prepared, headers)
        return GraphQLReply(result.payload())

    return execute


async def _payloads(
    results: AsyncGenerator[ExecutionResult, None],
) -> AsyncGenerator[JsonObject, None]:
    async with aclosing(results):
        async for result in results:
            yield result.payload()


class _OpenCaller:
    """Anyone at the other end of a socket."""

    def __init__(self, execute: ExecuteHttp, headers: Mapping[str, str]) -> None:
        self._execute = execute
        self._headers = headers

    def expires_in(self) -> float | None:
        return None

    async def execute(self, request: GraphQLRequest) -> GraphQLReply | GraphQLStream:
        return await self._execute(request, self._headers)


def open_connect(execute: ExecuteHttp) -> Connect:
    """Let everyone open a WebSocket."""

    async def connect(headers: Mapping[str, str], payload: JsonObject) -> _OpenCaller:
        del payload
        return _OpenCaller(execute, headers)

    return connect


class HttpTransports:
    """Transports to the URLs that one supergraph after another names; kept while the URLs stay."""

    def __init__(self, settings: HttpSettings | None = None) -> None:
        self._settings = settings
        self._made: dict[tuple[tuple[str, str], ...], tuple[HttpTransport, HttpStreams]] = {}

    def to(self, supergraph: Supergraph) -> tuple[HttpTransport, HttpStreams]:
        """A transport and streams to its subgraphs."""
        urls = {one.name: one.url for one in supergraph.graphs.values()}
        key = tuple(sorted(urls.items()))
        if key not in self._made:
            transport = HttpTransport(urls, settings=self._settings)
            self._made[key] = transport, HttpStreams(urls)
        return self._made[key]

    async def close(self) -> None:
        """Close all idle connections."""
        for transport, _ in self._made.values():
            await transport.close()


class Server:
    """An ASGI app over one supergraph whose subgraphs are asked over HTTP.

    With `file`, where that supergraph came from, another one there is taken without a restart.
    """

    def __init__(
        self, supergraph_sdl: str, report: Report = masked, file: Path | None = None
    ) -> None:
        self._transports = HttpTransports()
        self._settings = EngineSettings(report=report)
        engines = EngineSwap(self._engine, supergraph_sdl)
        self._file = file and SupergraphFile(file, engines.replace, supergraph_sdl)
        execute = engine_executor(engines)
        self._graphql = GraphQLHttpApp(execute)
        self._sockets = GraphQLWebSocketApp(open_connect(execute))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by path."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["path"] == "/graphql":
            await self._graphql(scope, receive, send)
        else:
            is_health = scope["path"] == "/health"
            await _plain(send, 200 if is_health else 404, b"ok" if is_health else b"not found")

    def _engine(self, supergraph_sdl: str) -> Engine:
        supergraph = read_supergraph(supergraph_sdl)
        transport, streams = self._transports.to(supergraph)
        return Engine(supergraph, transport, self._settings, streams)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        watching = asyncio.create_task(self._file.watch()) if self._file else None
        await receive()
        if watching is not None:
            watching.cancel()
        await self._transports.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
