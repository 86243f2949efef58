"""A token bucket that may be overdrawn: what something costs is known once it is done."""

from __future__ import annotations

import time
from collections.abc import Callable


class Bucket:
    """Fills by `per_s` a second up to `most`, and starts full.

    `left` is what was in it when it was looked at last; by now it may be more.
    """

    __slots__ = ("_at", "_most", "_now_s", "left", "per_s")

    def __init__(
        self, per_s: float, most: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_s = per_s
        self._most = most
        self._now_s = now_s
        self.left = most
        self._at = now_s()

    def spend(self, amount: float) -> None:
        """Take so much out, more than there is if need be."""
        now = self._now_s()
        level = self.left + (now - self._at) * self.per_s
        self.left = (level if level < self._most else self._most) - amount
        self._at = now

    def wait_s(self) -> float:
        """How long until there is something in it: 0 if there is."""
        if self.left >= 0:
            return 0.0
        self._fill()
        return max(0.0, -self.left / self.per_s)

    def holds(self, amount: float) -> bool:
        """Whether so much is in it now."""
        return self.left >= amount or self.level >= amount

    @property
    def level(self) -> float:
        """What is in it now; below 0 while it is overdrawn."""
        self._fill()
        return self.left

    @property
    def is_full(self) -> bool:
        """Whether nothing was taken that has not come back."""
        self._fill()
        return self.left >= self._most

    def _fill(self) -> None:
        now = self._now_s()
        self.left = min(self._most, self.left + (now - self._at) * self.per_s)
        self._at = now
