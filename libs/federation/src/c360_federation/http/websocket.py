"""GraphQL over WebSocket: the `graphql-transport-ws` protocol as a raw ASGI app.

The legacy protocol `graphql-ws` is refused: it lets operations begin before anyone was
authenticated. Source: the GraphQL over WebSocket Protocol of the graphql-ws project.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeAlias

import orjson

from c360_federation.errors import SUBSCRIPTION_LIMIT, entry
from c360_federation.http.app import Scope, headers_of
from c360_federation.http.messages import (
    Delivery,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
)
from c360_federation.http.reading import read_request
from c360_federation.http.streaming import Receive, Send
from c360_federation.values import Json, JsonObject

PROTOCOL = "graphql-transport-ws"
# What the WebSocket protocol has room for in a close frame, less the code.
_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """Limits of one socket; times in seconds."""

    init_timeout: float = 3.0
    max_operations: int = 50
    max_message_bytes: int = 1_000_000


class WebSocketCaller(Protocol):
    """Who is at the other end of a socket."""

    def expires_in(self) -> float | None:
        """Seconds until the socket has to be closed; asked once."""
        ...

    async def execute(self, request: GraphQLRequest) -> GraphQLReply | GraphQLStream:
        """Answer one operation; may raise HttpProblem."""
        ...


Connect: TypeAlias = Callable[[Mapping[str, str], JsonObject], Awaitable[WebSocketCaller]]
"""Authenticates by handshake headers and the payload of `connection_init`; HttpProblem refuses."""


class _Closing(Exception):
    """The socket is to be closed with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_REASON_BYTES].decode(errors="ignore")


class GraphQLWebSocketApp:
    """Answers operations over WebSockets, by the caller that `connect` makes of each socket."""

    def __init__(self, connect: Connect, settings: WebSocketSettings | None = None) -> None:
        self._connect = connect
        self._settings = settings or WebSocketSettings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side closes it."""
        await receive()
        offers_ours = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offers_ours else None})
        socket = _Socket(self._connect, self._settings, headers_of(scope), receive, send)
        if not offers_ours:
            closing_message = {
                "type": "websocket.close",
                "code": 4406,
                "reason": "Subprotocol not acceptable",
            }
            await send(closing_message)
            return
        try:
            await socket.serve()
        except _Closing as closing:
            await socket.end_operations()
            closing_message = {
                "type": "websocket.close",
                "code": closing.code,
                "reason": closing.reason,
            }
            await send(closing_message)
        finally:
            await socket.end_operations()


class _Gone(Exception):
    """The other side has closed the socket."""


class _Socket:
    """One socket."""

    def __init__(
        self,
        connect: Connect,
        settings: WebSocketSettings,
        headers: Mapping[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._headers = headers
        self._receive = receive
        self._asgi_send = send
        self._sending = asyncio.Lock()
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        try:
            caller = await self._initialise()
            expires_in = caller.expires_in()
            try:
                async with asyncio.timeout(expires_in):
                    while True:
                        await self._handle(caller, await self._next())
            except TimeoutError:
                raise _Closing(4403, "Forbidden: what allowed this has expired") from None
        except _Gone:
            return

    async def end_operations(self) -> None:
        """Cancel what is running and wait until it is gone."""
        running = list(self._operations.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # the connection

    async def _initialise(self) -> WebSocketCaller:
        try:
            async with asyncio.timeout(self._settings.init_timeout):
                message = await self._next()
                while message["type"] in ("ping", "pong"):
                    await self._answer_ping(message)
                    message = await self._next()
        except TimeoutError:
            raise _Closing(4408, "Connection initialisation timeout") from None
        if message["type"] != "connection_init":
            raise _Closing(4401, "Unauthorized")
        try:
            caller = await self._connect(self._headers, message.get("payload") or {})
        except HttpProblem as problem:
            if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise _Closing(4429, problem.message) from problem
            if problem.status == HTTPStatus.BAD_REQUEST:
                raise _Closing(4400, f"{problem.code}: {problem.message}") from problem
            raise _Closing(4403, "Forbidden") from problem
        await self._send({"type": "connection_ack"})
        return caller

    async def _next(self) -> JsonObject:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            raise _Gone
        text = message.get("text") or message.get("bytes") or ""
        if len(text) > self._settings.max_message_bytes:
            raise _Closing(4400, "Message too large")
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _Closing(4400, "Message is not JSON") from None
        payload = frame.get("payload") if isinstance(frame, dict) else None
        if not isinstance(frame, dict) or not isinstance(payload, (dict, type(None))):
            raise _Closing(4400, "Message is not an object with an object as payload")
        frame.setdefault("type", None)
        return frame

    async def _send(self, message: JsonObject) -> None:
        async with self._sending:
            text = orjson.dumps(message).decode()
            await self._asgi_send({"type": "websocket.send", "text": text})

    # messages

    async def _handle(self, caller: WebSocketCaller, message: JsonObject) -> None:
        kind = message["type"]
        if kind in ("ping", "pong"):
            await self._answer_ping(message)
        elif kind == "subscribe":
            await self._subscribe(caller, message)
        elif kind == "complete":
            task = self._operations.pop(_identifier(message), None)
            if task is not None:
                task.cancel()
        elif kind == "connection_init":
            raise _Closing(4429, "Too many initialisation requests")
        else:
            raise _Closing(4400, "Message of an unknown type")

    async def _answer_ping(self, message: JsonObject) -> None:
        if message["type"] == "ping":
            await self._send({"type": "pong"})

    async def _subscribe(self, caller: WebSocketCaller, message: JsonObject) -> None:
        identifier = _identifier(message)
        if identifier in self._operations:
            raise _Closing(4409, f"Subscriber for {identifier} already exists")
        request = _request(message)
        if len(self._operations) >= self._settings.max_operations:
            # Who does not read refusals is not read any further.
            await self._refuse(identifier)
            return
        task = asyncio.ensure_future(self._run(identifier, caller, request))
        self._operations[identifier] = task
        task.add_done_callback(lambda _: self._done(identifier, task))

    def _done(self, identifier: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(identifier) is task:
            del self._operations[identifier]

    # operations

    async def _refuse(self, identifier: str) -> None:
        message = f"A socket carries at most {self._settings.max_operations} operations at a time"
        await self._error(identifier, [entry(SUBSCRIPTION_LIMIT, message)])

    async def _run(self, identifier: str, caller: WebSocketCaller, request: GraphQLRequest) -> None:
        try:
            reply = await caller.execute(request)
            if isinstance(reply, GraphQLStream):
                is_complete = await self._stream(identifier, reply)
            else:
                is_complete = await self._payload(identifier, _payload_of(reply))
        except HttpProblem as problem:
            await self._error(identifier, problem.payload()["errors"])
        except Exception:
            # The text of an exception may hold a value.
            await self._error(identifier, [entry("INTERNAL_SERVER_ERROR", "Internal error")])
        else:
            if is_complete:
                self._operations.pop(identifier, None)
                await self._send({"id": identifier, "type": "complete"})

    async def _stream(self, identifier: str, stream: GraphQLStream) -> bool:
        async with aclosing(stream.payloads) as payloads:
            async for payload in payloads:
                if not await self._payload(identifier, payload):
                    return False
        return True

    async def _payload(self, identifier: str, payload: JsonObject) -> bool:
        """Send a payload; one that was never executed is an error, and ends the operation."""
        if "errors" in payload and "data" not in payload and "incremental" not in payload:
            await self._error(identifier, payload["errors"])
            return False
        await self._send({"id": identifier, "type": "next", "payload": payload})
        return True

    async def _error(self, identifier: str, errors: Json) -> None:
        self._operations.pop(identifier, None)
        await self._send({"id": identifier, "type": "error", "payload": errors})


def _identifier(message: JsonObject) -> str:
    identifier = message.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise _Closing(4400, "Message without an id")
    return identifier


def _request(message: JsonObject) -> GraphQLRequest:
    try:
        return read_request(message.get("payload") or {}, Delivery.EVENTS)
    except HttpProblem as problem:
        raise _Closing(4400, problem.message) from problem


def _payload_of(reply: GraphQLReply) -> JsonObject:
    return orjson.loads(reply.payload) if isinstance(reply.payload, bytes) else reply.payload
