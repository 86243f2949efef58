"""Answers that come in several parts: server-sent events, and multipart for `@defer`.

Events follow the graphql-sse protocol in distinct connections mode; parts the incremental delivery
over HTTP that clients name `deferSpec=20220824`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import TypeAlias

import orjson

from c360_federation.http.messages import GraphQLReply, GraphQLStream
from c360_federation.values import Json

Message: TypeAlias = MutableMapping[str, Json]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
_Headers: TypeAlias = list[tuple[bytes, bytes]]
_EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
           (b"x-accel-buffering", b"no")]  # fmt: skip
_PARTS = [(b"content-type", b'multipart/mixed; boundary="-"; deferSpec=20220824')]


async def send_events(
    reply: GraphQLReply | GraphQLStream, receive: Receive, send: Send, heartbeat: float
) -> None:
    """One `next` event per payload, then `complete`; a comment when nothing else is to be said."""
    await _send_while_connected(_events(reply), _EVENTS, b":\n\n", heartbeat, receive, send)


async def send_parts(stream: GraphQLStream, receive: Receive, send: Send, heartbeat: float) -> None:
    """One part per payload."""
    await _send_while_connected(_parts(stream), _PARTS, b"", heartbeat, receive, send)


async def _events(reply: GraphQLReply | GraphQLStream) -> AsyncGenerator[bytes, None]:
    async with aclosing(_payloads(reply)) as payloads:
        async for payload in payloads:
            yield b"event: next\ndata: " + payload + b"\n\n"
    yield b"event: complete\ndata:\n\n"


async def _parts(stream: GraphQLStream) -> AsyncGenerator[bytes, None]:
    yield b"\r\n---"
    async with aclosing(_payloads(stream)) as payloads:
        async for payload in payloads:
            yield b"\r\ncontent-type: application/json\r\n\r\n" + payload + b"\r\n---"
    yield b"--\r\n"


async def _payloads(reply: GraphQLReply | GraphQLStream) -> AsyncGenerator[bytes, None]:
    if isinstance(reply, GraphQLReply):
        yield reply.payload if isinstance(reply.payload, bytes) else orjson.dumps(reply.payload)
        return
    async with aclosing(reply.payloads) as payloads:
        async for payload in payloads:
            yield orjson.dumps(payload)


async def _send_while_connected(
    chunks: AsyncGenerator[bytes, None],
    headers: _Headers,
    filler: bytes,
    heartbeat: float,
    receive: Receive,
    send: Send,
) -> None:
    """Send until the end or until the client has gone; either way the chunks are closed."""
    sending = asyncio.ensure_future(_send_all(chunks, headers, filler, heartbeat, send))
    watching = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((sending, watching), return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        is_done = sending.done()
        sending.cancel()
        await asyncio.gather(sending, watching, return_exceptions=True)
        await chunks.aclose()
    if is_done:
        sending.result()


async def _send_all(
    chunks: AsyncIterator[bytes], headers: _Headers, filler: bytes, heartbeat: float, send: Send
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async with aclosing(_with_filler(chunks, filler, heartbeat)) as filled:
        async for chunk in filled:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _with_filler(
    chunks: AsyncIterator[bytes], filler: bytes, pause: float
) -> AsyncGenerator[bytes, None]:
    """The chunks, and `filler` after each pause without one."""
    waiting: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(chunks))
            done, _ = await asyncio.wait((waiting,), timeout=pause)
            if not done:
                if filler:
                    yield filler
                continue
            chunk = waiting.result()
            waiting = None
            if chunk is None:
                return
            yield chunk
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
