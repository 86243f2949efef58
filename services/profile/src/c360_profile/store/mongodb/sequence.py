"""Numbers that order what waits to be relayed."""

from __future__ import annotations

import secrets
import time

_NODE_BITS = 10


class SequenceClock:
    """Growing 63-bit numbers of one store object: microseconds, then who gave them.

    Numbers of several processes hardly ever meet; if two do, the later unit is repeated.
    """

    def __init__(self) -> None:
        self._node = secrets.randbits(_NODE_BITS)
        self._last_us = 0

    def next(self) -> int:
        """The next number."""
        self._last_us = max(self._last_us + 1, time.time_ns() // 1_000)
        return self._last_us << _NODE_BITS | self._node


def node_of(number: int) -> str:
    """Names who gave a number."""
    return f"store{number & (1 << _NODE_BITS) - 1}"


def microseconds(number: int) -> int:
    """When a number was given, since the epoch, UTC."""
    return number >> _NODE_BITS
