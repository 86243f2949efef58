"""The places that a server has for connections, and who gives one up when all are taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableSet
from typing import Any

Close = Callable[[], None]


class Places:
    """Knows which connections wait for a request, the longest first.

    `open_ones` are all that the server has, WebSockets among them.
    """

    def __init__(self, most: int, for_probes: int) -> None:
        self._most = most
        self._beyond = most + for_probes
        self._idle: dict[Hashable, Close] = {}

    def enter(self, open_ones: MutableSet[Any], one: Hashable, close: Close) -> bool:
        """A connection more, idle at first; false where there is no place even for a probe.

        Beyond the limit those that have been idle the longest are closed for it.
        """
        while self.are_taken(open_ones) and self._idle:
            oldest = next(iter(self._idle))
            open_ones.discard(oldest)
            self._idle.pop(oldest)()
        self._idle[one] = close
        return len(open_ones) <= self._beyond

    def busy(self, one: Hashable) -> None:
        """It has a request or is gone: it is not closed for others."""
        self._idle.pop(one, None)

    def idle(self, one: Hashable, close: Close) -> None:
        """It waits for a request again."""
        self._idle[one] = close

    def are_taken(self, open_ones: MutableSet[Any]) -> bool:
        """Whether only probes are answered."""
        return len(open_ones) > self._most
