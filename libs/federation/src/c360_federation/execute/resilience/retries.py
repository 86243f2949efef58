"""When a read may be sent again."""

from __future__ import annotations

import random
from dataclasses import dataclass

_SAVED_AT_MOST = 10.0


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """Up to `attempts` more tries of a read, after a pause that doubles and is never exact.

    `budget` is the share of requests that retries may add: when a subgraph is down, trying
    everything again would keep it there.
    """

    attempts: int = 0
    pause: float = 0.02
    longest_pause: float = 1.0
    budget: float = 0.2

    def pause_before(self, attempt: int) -> float:
        """Seconds to wait before retry number `attempt`, which counts from 0."""
        most = min(self.longest_pause, self.pause * 2**attempt)
        return most * (0.5 + random.random() / 2)


class RetryBudget:
    """What one subgraph has saved up for retries."""

    def __init__(self, settings: RetrySettings) -> None:
        self._earned = settings.budget
        self._saved = _SAVED_AT_MOST

    def earn(self) -> None:
        """A first try was made."""
        if self._saved < _SAVED_AT_MOST:
            self._saved = min(_SAVED_AT_MOST, self._saved + self._earned)

    def spend(self) -> bool:
        """Take one retry, if there is one left."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
