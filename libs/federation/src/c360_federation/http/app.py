"""GraphQL over HTTP as a raw ASGI app."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import orjson

from c360_federation.http.media_types import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    MULTIPART,
    check_content_type,
    chosen_media_type,
)
from c360_federation.http.messages import (
    Delivery,
    ExecuteHttp,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
    out_of_memory,
)
from c360_federation.http.reading import from_body, from_query_string
from c360_federation.http.streaming import Message, Receive, Send, send_events, send_parts
from c360_federation.values import Json, JsonObject

Scope: TypeAlias = MutableMapping[str, Json]


_DELIVERIES = {EVENT_STREAM: Delivery.EVENTS, MULTIPART: Delivery.PARTS}


@dataclass(frozen=True, slots=True)
class HttpAppSettings:
    """Limits of the HTTP app; `heartbeat` is the longest silence in a stream, in seconds."""

    max_body_bytes: int = 1_000_000
    heartbeat: float = 12.0


class HttpExchange(Protocol):
    """One request over HTTP: how it comes, what is made of it, and how the answer goes."""

    def receive(self) -> Awaitable[Message]:
        """The next message of the request."""
        ...

    def send(self, message: Message, /) -> Awaitable[None]:
        """Send a part of the answer."""
        ...

    def answer(
        self, request: GraphQLRequest, headers: Mapping[str, str], /
    ) -> Awaitable[GraphQLReply | GraphQLStream]:
        """What a request means; its headers have names in lower case. Raises `HttpProblem`."""
        ...

    async def refused(self, code: str) -> None:
        """HTTP itself refuses the request, and answers so once this is done."""
        ...


class _Plain(HttpExchange):
    """Answered by one function, whoever asks."""

    __slots__ = ("_execute", "_receive", "_send")

    def __init__(self, execute: ExecuteHttp, receive: Receive, send: Send) -> None:
        self._execute = execute
        self._receive = receive
        self._send = send

    def receive(self) -> Awaitable[Message]:
        return self._receive()

    def send(self, message: Message, /) -> Awaitable[None]:
        return self._send(message)

    def answer(
        self, request: GraphQLRequest, headers: Mapping[str, str], /
    ) -> Awaitable[GraphQLReply | GraphQLStream]:
        return self._execute(request, headers)

    async def refused(self, code: str) -> None:
        """Nobody wants to know."""


class GraphQLHttpApp:
    """Answers GraphQL over HTTP; what a request means is up to `execute`."""

    def __init__(self, execute: ExecuteHttp, settings: HttpAppSettings | None = None) -> None:
        self._execute = execute
        self._settings = settings or HttpAppSettings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise RuntimeError(f"Only HTTP is answered here, not {scope['type']}")
        await answer_http(scope, _Plain(self._execute, receive, send), self._settings)


async def answer_http(scope: Scope, exchange: HttpExchange, settings: HttpAppSettings) -> None:
    """Answer one HTTP request."""
    headers = headers_of(scope)
    media_type = JSON
    try:
        chosen = chosen_media_type(headers.get("accept"))
        delivery = _DELIVERIES.get(chosen)
        media_type = chosen if delivery is None else JSON
        request = await _request(scope, headers, exchange, settings.max_body_bytes)
        if delivery is not None:
            request = request._replace(delivery=delivery)
        reply = await exchange.answer(request, headers)
    except (HttpProblem, MemoryError) as error:
        problem = error if isinstance(error, HttpProblem) else out_of_memory()
        await exchange.refused(problem.code)
        await _send(exchange, problem.status, media_type, problem.payload(), problem.headers)
        return
    if delivery is Delivery.EVENTS:
        await send_events(reply, exchange.receive, exchange.send, settings.heartbeat)
        return
    if isinstance(reply, GraphQLStream):
        await send_parts(reply, exchange.receive, exchange.send, settings.heartbeat)
        return
    status = reply.status or _status(reply, media_type)
    await _send(exchange, status, media_type, reply.payload, reply.headers)


async def _request(
    scope: Scope, headers: Mapping[str, str], exchange: HttpExchange, limit: int
) -> GraphQLRequest:
    if scope["method"] == "GET":
        return from_query_string(scope["query_string"])
    if scope["method"] != "POST":
        message = "Only GET and POST are answered"
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", message, {"allow": "GET, POST"})
    check_content_type(headers.get("content-type"))
    return from_body(await _body(headers, exchange, limit))


async def _body(headers: Mapping[str, str], exchange: HttpExchange, limit: int) -> bytes:
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    message = await exchange.receive()
    parts: list[bytes] = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body") and size <= limit:
        message = await exchange.receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > limit:
        raise _too_large(limit)
    if message["type"] == "http.disconnect":
        raise HttpProblem(400, "BAD_REQUEST", "The body is incomplete")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def refuse_unfit(request: GraphQLRequest, kind: str, largest_read: int) -> None:
    """What may not be asked in this way: too large, or by a method or to be sent as it cannot be.

    What only asks needs less room than what writes.
    """
    if kind != "mutation" and request.size > largest_read:
        raise _too_large(largest_read)
    if request.method == "GET":
        refuse_mutation_over_get(request, kind)
    if kind == "subscription":
        refuse_undeliverable(request, kind)


def refuse_undeliverable(request: GraphQLRequest, kind: str) -> None:
    """A subscription can only be answered to whoever takes events."""
    if kind == "subscription" and request.delivery is not Delivery.EVENTS:
        message = f"Subscriptions are answered as {EVENT_STREAM}, or over a WebSocket"
        raise HttpProblem(406, "NOT_ACCEPTABLE", message)


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers, names in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def refuse_mutation_over_get(request: GraphQLRequest, kind: str) -> None:
    """A GET may be repeated by anyone on the way, so it only reads."""
    if request.method == "GET" and kind == "mutation":
        message = "Mutations may not be sent by GET"
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", message, {"allow": "POST"})


def _too_large(limit: int) -> HttpProblem:
    message = f"The body may have at most {limit} bytes"
    # The rest of it is not taken.
    return HttpProblem(413, "BODY_TOO_LARGE", message, {"connection": "close"})


def _status(reply: GraphQLReply, media_type: str) -> int:
    """Plain JSON callers look into the body; the newer media type also speaks by status."""
    return 400 if media_type == GRAPHQL_JSON and not reply.executed else 200


async def _send(
    exchange: HttpExchange,
    status: int,
    media_type: str,
    payload: JsonObject | bytes,
    headers: Mapping[str, str],
) -> None:
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    sent = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()),
    ]
    await exchange.send({"type": "http.response.start", "status": status, "headers": sent})
    await exchange.send({"type": "http.response.body", "body": body})
