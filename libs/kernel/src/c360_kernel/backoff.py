"""How long to wait before something is tried again."""

from __future__ import annotations

import random

_SPREAD = 0.25


class Backoff:
    """Pauses in seconds that double, each up to a quarter shorter by chance.

    Many who lost the same server at the same time would otherwise come back at the same time.
    """

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def pause_s(self) -> float:
        """The next pause, after one more failure."""
        full = self._next_s
        self._next_s = min(2 * full, self._longest_s)
        return full * random.uniform(1 - _SPREAD, 1)

    def reset(self) -> None:
        """It went well: begin with the first pause again."""
        self._next_s = self._first_s
