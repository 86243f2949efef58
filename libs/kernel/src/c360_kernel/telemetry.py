"""One span per operation, off unless an OTLP endpoint is configured.

Spans carry names, codes and counts, never values. Context travels as W3C
`traceparent` text, in requests and in the headers of log entries.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

_PARTS = 4
_current: ContextVar[str] = ContextVar("traceparent", default="")

Attribute = str | int | float | bool


def current_traceparent() -> str:
    """The `traceparent` of the running operation, or empty."""
    return _current.get()


def new_traceparent(parent: str = "") -> str:
    """A `traceparent` of the same trace as `parent`, else of a new one (W3C Trace Context)."""
    return f"00-{trace_id(parent) or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The trace id in a `traceparent`, or empty."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == _PARTS else ""


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

    def close(self) -> None:
        """Send what is still buffered."""
        ...


class NoTracer:
    """Telemetry off: a span only carries the trace on."""

    @contextmanager
    def span(self, name: str, traceparent: str = "") -> Generator[Span]:
        """See `Tracer.span`."""
        with operation(traceparent or new_traceparent()):
            yield _NOWHERE

    def close(self) -> None:
        """See `Tracer.close`."""


class _Nowhere:
    def set_attribute(self, key: str, value: Attribute) -> None:
        pass


_NOWHERE = _Nowhere()


def open_tracer(service: str, endpoint: str | None, sample: float) -> Tracer:
    """The tracer that the settings ask for."""
    if endpoint is None:
        return NoTracer()
    from c360_kernel.otlp import OtlpTracer  # noqa: PLC0415 - half a second when unused

    return OtlpTracer(service, endpoint, sample)
