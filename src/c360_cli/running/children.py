"""How the processes fare that this one has started: none of them fails in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

_LOOP = 3
"""As many ends in a row, without an answer in between, are no accident."""


class Children:
    """Of each process by name: whether it has answered yet, and how often it has ended since."""

    def __init__(self, names: Iterable[str]) -> None:
        self._ends = dict.fromkeys(names, 0)
        self._codes: dict[str, int] = {}
        self._awaited = set(self._ends)

    def ended(self, name: str, code: int) -> None:
        """A process ended with a code, or by the signal that is the code below zero."""
        self._ends[name] += 1
        self._codes[name] = code

    def troubles(self, answering: Collection[str]) -> Mapping[str, str]:
        """Which are not up yet, or end again and again, in words; told which answer now."""
        for name in self._ends.keys() & set(answering):
            self._ends[name] = 0
            self._awaited.discard(name)
        troubled = [name for name in self._ends if self._is_troubled(name)]
        return {name: self._described(name) for name in troubled}

    def _is_troubled(self, name: str) -> bool:
        return name in self._awaited or self._ends[name] >= _LOOP

    def _described(self, name: str) -> str:
        if not self._ends[name]:
            return "starting"
        return f"ended {self._ends[name]} times in a row, at last with {self._codes[name]}"
