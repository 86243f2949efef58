"""A token bucket that may be overdrawn: what something costs is known once it is done."""

from __future__ import annotations

import time
from collections.abc import Callable


class Bucket:
    """Fills by `per_s` a second up to `most`, and starts full."""

    __slots__ = ("_at", "_level", "_most", "_now_s", "per_s")

    def __init__(
        self, per_s: float, most: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_s = per_s
        self._most = most
        self._now_s = now_s
        self._level = most
        self._at = now_s()

    def spend(self, amount: float) -> None:
        """Take so much out, more than there is if need be."""
        now = self._now_s()
        level = self._level + (now - self._at) * self.per_s
        self._level = (level if level < self._most else self._most) - amount
        self._at = now

    def wait_s(self) -> float:
        """How long until there is something in it: 0 if there is."""
        if self._level >= 0:
            return 0.0
        self._fill()
        return max(0.0, -self._level / self.per_s)

    def holds(self, amount: float) -> bool:
        """Whether so much is in it now."""
        return self._level >= amount or self.level >= amount

    @property
    def level(self) -> float:
        """What is in it now; below 0 while it is overdrawn."""
        self._fill()
        return self._level

    @property
    def is_full(self) -> bool:
        """Whether nothing was taken that has not come back."""
        self._fill()
        return self._level >= self._most

    def _fill(self) -> None:
        now = self._now_s()
        self._level = min(self._most, self._level + (now - self._at) * self.per_s)
        self._at = now
