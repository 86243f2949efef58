"""One keep-alive connection: one request at a time, no buffering layers in between."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast

import httptools

from c360_federation.execute.deadline import Expiry
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphReplyTooLarge,
    SubgraphTimeout,
    SubgraphUnreachable,
)


class HttpReply(NamedTuple):
    """Status, body, media type, `Server-Timing` of one reply, and the header that is handed on."""

    status: int
    body: bytes
    content_type: str = ""
    timing: str = ""
    kept: str = ""


class StaleConnection(SubgraphUnreachable):
    """A kept connection turned out to be closed before any of the reply came."""


class Connection(asyncio.Protocol):
    """A client's side of HTTP/1.1; waits `timeout` seconds for a reply, then closes.

    Without a timeout it waits for as long as whoever asked does. Of each reply `kept_header`, in
    lower case, is handed on.
    """

    def __init__(
        self, timeout: float | None, max_reply_bytes: int, kept_header: bytes = b""
    ) -> None:
        self._expiry = None if timeout is None else _ReplyExpiry(timeout, self)
        self._max_reply_bytes = max_reply_bytes
        self._kept_header = kept_header
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[HttpReply] | None = None
        self._loop = asyncio.get_running_loop()
        # One parser reads reply after reply: making one takes as long as reading one.
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._size = 0
        self._content_type = self._timing = self._kept = b""
        self._has_length = False
        self._started = False
        self.is_usable = False
        self.served = 0

    def send(self, request: bytes) -> asyncio.Future[HttpReply]:
        """Send a request; whoever has waited for its reply, or has not, calls `end`."""
        if self._transport is None or not self.is_usable:
            raise StaleConnection("The connection is closed")
        self._chunks = []
        self._size = 0
        self._content_type = self._timing = self._kept = b""
        self._has_length = self._started = False
        self._waiter = waiter = self._loop.create_future()
        if self._expiry is not None:
            self._expiry.begin(self._loop)
        self._transport.write(request)
        return waiter

    def end(self) -> None:
        """Nobody waits any more; the connection is closed if the reply had not come."""
        waiter, self._waiter = self._waiter, None
        if waiter is None:
            return
        if self._expiry is not None:
            self._expiry.end()
        self.served += 1
        if not waiter.done() or waiter.cancelled():
            # A late reply to this request must never answer the next one.
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        self.is_usable = False
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to send."""
        # Other loops' transports need not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self.is_usable = True

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what it cannot read ends the connection."""
        if self._waiter is None:
            # Nothing was asked: whatever this is, it must not be taken for an answer.
            self.abort()
            return
        self._started = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.fail(SubgraphBadReply("The reply is not HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End a reply that runs until the close; fail one that was cut off."""
        self.is_usable = False
        if self._started and not self._has_length and exc is None:
            self._complete()
        elif not self._started and self.served:
            self.fail(StaleConnection("The kept connection was closed"))
        else:
            self.fail(SubgraphUnreachable("The connection broke before the reply was complete"))

    # httptools callbacks

    def on_message_begin(self) -> None:
        """A message that follows the reply is one that nobody asked for."""
        if self._waiter is None or self._waiter.done():
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note whether the reply says where it ends, and what it is."""
        lowered = name.lower()
        if lowered in (b"content-length", b"transfer-encoding"):
            self._has_length = True
        elif lowered == b"content-type":
            self._content_type = value
        elif lowered == b"server-timing":
            self._timing = value
        elif lowered == self._kept_header:
            self._kept = value

    def on_body(self, body: bytes) -> None:
        """Collect, up to the limit."""
        self._size += len(body)
        if self._size > self._max_reply_bytes:
            self.fail(SubgraphReplyTooLarge("The reply is too large"))
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The whole reply is there."""
        if self._parser.get_status_code() < 200:
            return
        if not self._parser.should_keep_alive():
            self.is_usable = False
        self._complete()

    def _complete(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            content_type = self._content_type.decode("latin-1")
            timing = self._timing.decode("latin-1") if self._timing else ""
            status, body = self._parser.get_status_code(), b"".join(self._chunks)
            waiter.set_result(
                HttpReply(status, body, content_type, timing, self._kept.decode("latin-1"))
            )
        if not self.is_usable and self._transport is not None:
            self._transport.close()

    def fail(self, error: Exception) -> None:
        """End the wait with an error, and close: what still comes answers nothing."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()


class _ReplyExpiry(Expiry):
    """How long one connection waits for a reply."""

    __slots__ = ("_connection",)

    def __init__(self, seconds: float, connection: Connection) -> None:
        super().__init__(seconds)
        self._connection = connection

    def pass_by(self) -> None:
        """Nobody is to wait any longer."""
        self._connection.fail(SubgraphTimeout("No answer in time"))
