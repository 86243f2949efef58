"""One span per operation and per batch, off unless an OTLP endpoint is configured.

Spans carry names, codes and counts, never values. Context travels as W3C
`traceparent` text, in requests and in the headers of log entries, which hand it
on to the entries that they cause.
"""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

from typing_extensions import override

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str] = ContextVar("traceparent", default="")

Attribute = str | int | float | bool


def current_traceparent() -> str:
    """The `traceparent` of the running operation, or empty."""
    return _current.get()


def new_traceparent(parent: str = "") -> str:
    """A `traceparent` of the same trace as `parent`, else of a new one (W3C Trace Context)."""
    # Names, not secrets: they are told to everybody whom the request reaches.
    drawn = f"{random.getrandbits(192):048x}"
    return f"00-{trace_id(parent) or drawn[:32]}-{drawn[32:]}-01"


def trace_id(traceparent: str) -> str:
    """The trace id in a `traceparent`, or empty."""
    parts = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return parts[1] if parts else ""


def believed(traceparent: str) -> str:
    """What a caller sent, if it is a `traceparent`: it goes into log lines, headers and entries."""
    return traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else ""


@contextmanager
def operation(traceparent: str) -> Generator[None]:
    """Make `traceparent` the running operation's for a block."""
    token = _current.set(traceparent)
    try:
        yield
    finally:
        _current.reset(token)


class Span(Protocol):
    """A running span."""

    def set_attribute(self, key: str, value: Attribute) -> None:
        """Note an attribute. Never a value of a customer."""
        ...


class Tracer(Protocol):
    """Opens spans."""

    def span(self, name: str, traceparent: str = "") -> AbstractContextManager[Span]:
        """A span around a block, child of `traceparent`."""
        ...

    def batch(self, name: str, traceparents: Iterable[str]) -> AbstractContextManager[Span]:
        """A span around what is done for many traces together.

        A few traces get a span each, so that each can be followed; many share one that links
        to them.
        """
        ...

    def close(self) -> None:
        """Send what is still buffered."""
        ...


class NoTracer(Tracer):
    """Telemetry off: a span only carries the trace on."""

    @override
    def span(self, name: str, traceparent: str = "") -> AbstractContextManager[Span]:
        return _Carried(traceparent or new_traceparent())

    @override
    def batch(self, name: str, traceparents: Iterable[str]) -> AbstractContextManager[Span]:
        return nullcontext(_NOWHERE)

    @override
    def close(self) -> None: ...


class _Carried:
    """Makes a `traceparent` the running operation's; a generator would take five times as long."""

    __slots__ = ("_token", "_traceparent")

    def __init__(self, traceparent: str) -> None:
        self._traceparent = traceparent

    def __enter__(self) -> Span:
        self._token = _current.set(self._traceparent)
        return _NOWHERE

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


class _Nowhere:
    def set_attribute(self, key: str, value: Attribute) -> None:
        pass


_NOWHERE = _Nowhere()
NO_TRACER = NoTracer()
