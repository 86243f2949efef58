"""Events of subgraphs over HTTP: GraphQL over server-sent events, distinct connections mode."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass

import httptools
import orjson

from c360_federation.execute.http_client.connection import HttpReply
from c360_federation.execute.http_client.pool import Origin
from c360_federation.execute.http_client.transport import (
    HeadersHook,
    no_headers,
    post_message,
    response_of,
)
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphUnreachable,
)

_EVENTS = "text/event-stream"
_ACCEPT = f"{_EVENTS}, application/graphql-response+json;q=0.9, application/json;q=0.8"
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class HttpStreamSettings:
    """Limits of one stream: seconds without a byte (comments count), and bytes of one event."""

    silence: float = 60.0
    max_event_bytes: int = 4_000_000


class HttpStreams:
    """A connection per subscription to each subgraph's URL."""

    def __init__(
        self,
        urls: Mapping[str, str],
        headers: HeadersHook = no_headers,
        settings: HttpStreamSettings | None = None,
    ) -> None:
        self._headers = headers
        self._settings = settings or HttpStreamSettings()
        self._origins = {name: Origin.of(url) for name, url in urls.items()}

    async def subscribe(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> AsyncGenerator[SubgraphResponse, None]:
        """Each event as a response; closing the generator closes the connection."""
        origin = self._origins.get(subgraph)
        if origin is None:
            raise SubgraphUnreachable(f"No URL for subgraph {subgraph!r}")
        body = orjson.dumps(request.body())
        message = post_message(origin, _ACCEPT, body, self._headers(subgraph, body, context))
        reader, writer = await _connect(origin)
        try:
            writer.write(message)
            async for response in _Reply(reader, self._settings).responses():
                yield response
        finally:
            writer.close()


async def _connect(origin: Origin) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    tls = ssl.create_default_context() if origin.is_secure else None
    try:
        return await asyncio.open_connection(origin.host, origin.port, ssl=tls)
    except OSError as error:
        raise SubgraphUnreachable("No connection") from error


class _Reply:
    """One reply as it arrives."""

    def __init__(self, reader: asyncio.StreamReader, settings: HttpStreamSettings) -> None:
        self._reader = reader
        self._settings = settings
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._content_type = ""
        self._has_headers = False
        self._is_complete = False

    # httptools callbacks

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._content_type = value.decode("latin-1").partition(";")[0].strip().lower()

    def on_headers_complete(self) -> None:
        self._has_headers = True

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._is_complete = True

    # reading

    async def responses(self) -> AsyncIterator[SubgraphResponse]:
        while not self._has_headers:
            await self._read()
        if self._content_type != _EVENTS:
            yield await self._whole()
            return
        async for name, data in self._events():
            if name == "complete":
                return
            if name == "next":
                yield response_of(HttpReply(200, data))
        raise SubgraphUnreachable("The events broke off")

    async def _whole(self) -> SubgraphResponse:
        """What a subgraph answers that does not begin to stream."""
        while not self._is_complete:
            await self._read()
        status = self._parser.get_status_code()
        return response_of(HttpReply(status, bytes(self._body), self._content_type))

    async def _events(self) -> AsyncIterator[tuple[str, bytes]]:
        while True:
            end = self._end_of_event()
            if end is None:
                if self._is_complete:
                    return
                await self._read()
                continue
            block = bytes(self._body[: end[0]])
            del self._body[: end[1]]
            name, data = _event(block)
            if name:
                yield name, data

    def _end_of_event(self) -> tuple[int, int] | None:
        ends = [
            (at, at + len(mark))
            for mark in (b"\n\n", b"\r\n\r\n", b"\r\r")
            if (at := self._body.find(mark)) >= 0
        ]
        return min(ends, default=None)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._settings.silence):
                chunk = await self._reader.read(_READ_BYTES)
        except TimeoutError as error:
            raise SubgraphTimeout("Nothing was heard for too long") from error
        except OSError as error:
            raise SubgraphUnreachable("The connection broke") from error
        if not chunk:
            raise SubgraphUnreachable("The connection was closed")
        try:
            self._parser.feed_data(chunk)
        except httptools.HttpParserError as error:
            raise SubgraphBadReply("The reply is not HTTP") from error
        if len(self._body) > self._settings.max_event_bytes:
            raise SubgraphBadReply("An event is too large")


def _event(block: bytes) -> tuple[str, bytes]:
    """Name and data of one event; comments and other fields are skipped."""
    name, data = "", list[bytes]()
    for line in block.splitlines():
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode("utf-8", "replace")
        elif field == b"data":
            data.append(value)
    return name, b"\n".join(data)
