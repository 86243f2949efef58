"""Stamps: hybrid logical clock values given once by a collector and kept for ever.

A stamp is 28 lowercase hex digits: 12 for milliseconds since the epoch, 4 for
the counter, 12 for the node. Text order is stamp order, so stores compare
stamps without decoding them. Source: Kulkarni et al., "Logical Physical Clocks"
(2014), with the node as the unique tie-breaker.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable

_MAX_COUNTER = 0xFFFF
_NODE_DIGITS = 12
LENGTH = 28
_FORM = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


def wall_clock_ms() -> int:
    """Milliseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1_000_000


def is_stamp(text: str) -> bool:
    """Whether a text that came from elsewhere is a stamp."""
    return _FORM.fullmatch(text) is not None


def stamp_ms(stamp: str) -> int:
    """The milliseconds part of a stamp."""
    return int(stamp[:12], 16)


def stamp_at(ms: int) -> str:
    """The first stamp of a moment: that of what no collector stamps but time itself causes."""
    return f"{ms:012x}".ljust(LENGTH, "0")


class StampClock:
    """Strictly increasing stamps of one collector, safe across threads.

    While it `is_ready`, nobody has to ask whether stamps can be given.
    """

    def __init__(self, node: str | None = None, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self._node = node if node is not None else secrets.token_hex(_NODE_DIGITS // 2)
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._ms = 0
        self._counter = 0
        self.is_ready = True

    def observe(self, stamp: str) -> None:
        """Never give a stamp at or before this one."""
        with self._lock:
            seen = (stamp_ms(stamp), int(stamp[12:16], 16))
            self._ms, self._counter = max((self._ms, self._counter), seen)

    async def ready(self) -> None:
        """Return once stamps can be given. Raises `Transient` while they cannot."""

    def next(self) -> str:
        """The next stamp."""
        with self._lock:
            now = self._now_ms()
            if now > self._ms:
                self._ms, self._counter = now, 0
            elif self._counter < _MAX_COUNTER:
                self._counter += 1
            else:
                self._ms, self._counter = self._ms + 1, 0
            return f"{self._ms:012x}{self._counter:04x}{self._node}"
