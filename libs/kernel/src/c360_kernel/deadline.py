"""Until when the work for one request is worth doing: stores stop working on it then.

It is inherited by the tasks that a request starts, and sent along to services of other processes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from c360_kernel.errors import Transient

HEADER = "c360-deadline-ms"
"""The milliseconds that a service has for a request; whoever sends none gives it all it needs."""

_LONGEST_MS = 60_000
_MILLISECONDS = re.compile(rb"-?[0-9]{1,18}")
ENDS_AT: ContextVar[float | None] = ContextVar("c360_deadline", default=None)
"""A moment of the monotonic clock; None for as long as it takes."""


class DeadlineExceeded(Transient):
    """A read was ended because its request had no time left."""

    code = "DEADLINE_EXCEEDED"

    def __init__(self) -> None:
        super().__init__("the request took too long, and was ended")


class within:  # noqa: N801 - used as a function is
    """Around work that is worth doing for so many seconds.

    Each fetch of another process has one, and a generator would take five times as long.
    """

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._token = ENDS_AT.set(time.monotonic() + self._seconds)

    def __exit__(self, *_: object) -> None:
        ENDS_AT.reset(self._token)


def seconds_left() -> float | None:
    """How long the work of this task is still worth doing; None for as long as it takes."""
    ends_at = ENDS_AT.get()
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


@contextmanager
def in_time() -> Generator[None]:
    """Around what a store is asked: trouble at the end of the time is `DeadlineExceeded`."""
    if seconds_left() == 0:
        raise DeadlineExceeded
    try:
        yield
    except Transient:
        if seconds_left() == 0:
            raise DeadlineExceeded from None
        raise


def seconds_of(header: bytes) -> float:
    """What a header says, a minute at most; 0 or less for a moment that has passed.

    Raises `ValueError` for what is no number: nobody knows for how long that was meant.
    """
    if not _MILLISECONDS.fullmatch(header):
        raise ValueError("not a whole number of milliseconds")
    return min(int(header), _LONGEST_MS) / 1000
