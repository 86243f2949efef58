"""Workers give way to whoever waits for an answer in the same process.

Reads and workers share one interpreter. Left to themselves, busy workers take most of it: a reader
waits for each of them at each of its steps. So each has a share of the time while somebody waits,
with a burst that keeps it from waiting where there is little to do; alone, it takes all there is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

SHARE = 0.125
"""Of a second, for each worker while somebody waits: four of them leave readers a half."""
_BURST_S = 0.25
_LONGEST_S = 1.0
_LINGERS_S = 0.1
"""A reader that has just been answered asks again soon."""


class Foreground:
    """Whether somebody waits for an answer of this process, or did a moment ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting = 0
        self._until = float("-inf")

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Around the work for an answer; from one thread, the one that serves."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._until = self._clock() + _LINGERS_S

    @property
    def is_busy(self) -> bool:
        """May be asked from any thread."""
        return self._waiting > 0 or self._clock() < self._until


FOREGROUND = Foreground()
"""Of this process."""


class Pace:
    """The share of one worker, on its own thread."""

    def __init__(
        self,
        foreground: Foreground = FOREGROUND,
        share: float = SHARE,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._foreground = foreground
        self._share = share
        self._clock = clock
        self._worked = worked
        self._credit_s = _BURST_S
        self._at, self._done = clock(), worked()

    async def rest(self) -> None:
        """After some work: wait for as long as it was beyond the share, if somebody is there."""
        now, done = self._clock(), self._worked()
        earned = (now - self._at) * self._share
        self._credit_s = min(_BURST_S, self._credit_s + earned) - (done - self._done)
        if self._credit_s < 0:
            if self._foreground.is_busy:
                await asyncio.sleep(min(_LONGEST_S, -self._credit_s / self._share))
                now = self._clock()
            self._credit_s = 0.0
        self._at, self._done = now, done
