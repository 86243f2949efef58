"""How the processes fare that this one has started: none of them fails in silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping

_LOOP = 3
"""As many ends in a row are no accident."""
_STAYS_S = 15.0
"""One that answers for so long stays up: what refuses its store answers too, until it finds out."""


class Children:
    """Of each process by name: whether it has answered yet, and how often it has ended since."""

    def __init__(
        self, names: Iterable[str], monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._ends = dict.fromkeys(names, 0)
        self._codes: dict[str, int] = {}
        self._awaited = set(self._ends)
        self._answering_since: dict[str, float] = {}
        self._monotonic_s = monotonic_s

    def ended(self, name: str, code: int) -> None:
        """A process ended with a code, or by the signal that is the code below zero."""
        self._ends[name] += 1
        self._answering_since.pop(name, None)
        self._codes[name] = code

    def troubles(self, answering: Collection[str]) -> Mapping[str, str]:
        """Which are not up yet, or end again and again, in words; told which answer now."""
        for name in self._ends.keys() & set(answering):
            self._answers(name)
        troubled = [name for name in self._ends if self._is_troubled(name)]
        return {name: self._described(name) for name in troubled}

    def _answers(self, name: str) -> None:
        now = self._monotonic_s()
        if now - self._answering_since.setdefault(name, now) >= _STAYS_S:
            self._ends[name] = 0
        if not self._ends[name]:
            self._awaited.discard(name)

    def _is_troubled(self, name: str) -> bool:
        return name in self._awaited or self._ends[name] >= _LOOP

    def _described(self, name: str) -> str:
        if not self._ends[name]:
            return "starting"
        return f"ended {self._ends[name]} times in a row, at last with {self._codes[name]}"
