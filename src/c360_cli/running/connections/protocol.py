"""HTTP connections within limits: uvicorn's own protocol has no time-out for heads and bodies."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from itertools import chain
from typing import Any, cast

from c360_kernel.asgi import ABORT
from typing_extensions import override
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from c360_cli.running.connections.answers import Answer
from c360_cli.running.connections.limits import ConnectionLimits
from c360_cli.running.connections.places import Places
from c360_cli.running.connections.refusing import (
    HEAD_TOO_LARGE,
    TIMED_OUT,
    TOO_MANY_CONNECTIONS,
    UNAVAILABLE,
)

_PROBES = frozenset({b"/livez", b"/readyz"})
_CLOSE = (b"connection", b"close")


def protocol_within(limits: ConnectionLimits) -> type[LimitedProtocol]:
    """The protocol of one server, in the form that uvicorn takes: a class."""
    places = Places(limits.most, limits.for_probes)
    return type("ServerProtocol", (LimitedProtocol,), {"limits": limits, "places": places})


class _Holding:
    """The transport of a request whose body is not all there yet: it is not closed at once."""

    def __init__(self, protocol: LimitedProtocol) -> None:
        self.close = protocol.linger
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing


class LimitedProtocol(HttpToolsProtocol):
    """One connection. At most one of its timers runs: for a head, a body, or lingering."""

    limits: ConnectionLimits
    places: Places

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = False
        self._unended_head = 0
        self._body_bytes = 0
        self._body_since = 0.0
        self._lingered: int | None = None
        self._timer: TimerHandle | None = None
        self._stalled: TimerHandle | None = None

    # the connection

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()
        if not self.places.enter(self.connections, self, transport.close):
            transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.places.busy(self)
        self._rest()
        self._stop_watching_writes()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on the socket's own protocol keeps time."""
        self._rest()
        self.places.busy(self)
        if self.places.are_taken(self.connections):
            self.transport.write(UNAVAILABLE)
            self.transport.close()
            return
        super().handle_websocket_upgrade()

    # what comes in

    @override
    def data_received(self, data: bytes) -> None:
        if self._lingered is not None:
            self._let_go(self._lingered + len(data))
            return
        self._body_bytes += len(data)
        if self._in_head:
            self._unended_head += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._in_head and self._unended_head > self.limits.head_bytes:
            self.transport.close()
        elif (cycle := self._latest()) is None or cycle.response_complete:
            self._await_head()
        elif cycle.more_body:
            self._await_body()

    @override
    def on_message_begin(self) -> None:
        self._in_head, self._unended_head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let the request in, or have it answered by a refusal."""
        self._rest()
        self.places.busy(self)
        self._in_head, self._body_bytes, self._body_since = False, 0, self.loop.time()
        served = self.app
        head_bytes = len(self.url) + sum(map(len, chain.from_iterable(self.headers)))
        if head_bytes > self.limits.head_bytes:
            self.app = cast(Any, HEAD_TOO_LARGE)
        elif self.places.are_taken(self.connections) and not self._is_probe():
            self.app = cast(Any, TOO_MANY_CONNECTIONS)
        self.scope["extensions"] = cast(Any, {ABORT: self.transport.abort})
        before = self._latest()
        super().on_headers_complete()
        self.app = served
        if (cycle := self._latest()) is not None and cycle is not before:
            cycle.transport = cast(Any, Answer(self.transport, self.loop))

    @override
    def on_message_complete(self) -> None:
        self._rest()
        cycle = self._latest()
        if cycle is not None and isinstance(cycle.transport, _Holding):
            cycle.transport = self.transport
            cycle.default_headers = self.server_state.default_headers
        super().on_message_complete()

    def _latest(self) -> RequestResponseCycle | None:
        """The request whose head ended last; uvicorn's type leaves out that there may be none."""
        return cast("RequestResponseCycle | None", self.cycle)

    def _is_probe(self) -> bool:
        return self.url.partition(b"?")[0] in _PROBES

    # what takes too long

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_head(self) -> None:
        """It has so long from the first byte, or from the beginning, however many follow."""
        if self._timer is None:
            self._timer = self.loop.call_later(self.limits.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        if self._in_head:
            self.transport.write(TIMED_OUT)
        self.transport.close()

    def _await_body(self) -> None:
        if self._timer is None:
            # Who answers before all of it came does not take the rest.
            self.cycle.transport = cast(Any, _Holding(self))
            self.cycle.default_headers = [*self.server_state.default_headers, _CLOSE]
            self._look_again(self.limits.body_s)

    def _look_again(self, after_s: float) -> None:
        self._timer = self.loop.call_later(after_s, self._look_at_body)

    def _look_at_body(self) -> None:
        limits = self.limits
        allowed = limits.body_s + self._body_bytes / limits.body_bytes_per_s
        left = allowed - (self.loop.time() - self._body_since)
        if self.flow.read_paused:
            # It is we who do not take it.
            self._look_again(limits.body_s)
        elif left > 0:
            self._look_again(left)
        elif not self.cycle.response_started:
            self.transport.write(TIMED_OUT)
            self.transport.close()
        else:
            self.transport.close()

    # what is left of a request that was answered early

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and self._lingered is None:
            self.places.idle(self, self.transport.close)

    def linger(self) -> None:
        """Say that this was all, and let go of what still comes for a moment."""
        self._rest()
        self._lingered = 0
        self.transport.write_eof()
        self.flow.resume_reading()
        self._timer = self.loop.call_later(self.limits.linger_s, self.transport.close)

    def _let_go(self, lingered: int) -> None:
        self._lingered = lingered
        if lingered > self.limits.linger_bytes:
            self.transport.close()

    # what is not taken of an answer

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_writes()

    @override
    def resume_writing(self) -> None:
        self._stop_watching_writes()
        super().resume_writing()

    @override
    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_writes()

    def _watch_writes(self) -> None:
        self._stop_watching_writes()
        held = self.transport.get_write_buffer_size()
        if held:
            after_s = self.limits.stalled_s
            self._stalled = self.loop.call_later(after_s, self._look_at_writes, held)

    def _look_at_writes(self, held: int) -> None:
        if self.transport.get_write_buffer_size() < held:
            self._watch_writes()
        else:
            self.transport.abort()

    def _stop_watching_writes(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
