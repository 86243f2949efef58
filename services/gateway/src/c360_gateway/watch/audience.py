"""Who listens to what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

M = TypeVar("M")


class Audience(Generic[M]):
    """Members and the names they listen to, found by name."""

    def __init__(self) -> None:
        self._names: dict[M, frozenset[str]] = {}
        self._members: dict[str, set[M]] = {}

    def place(self, member: M, names: Iterable[str]) -> None:
        """From now on the member listens to these names and no others."""
        self.leave(member)
        self._names[member] = frozenset(names)
        for name in self._names[member]:
            self._members.setdefault(name, set()).add(member)

    def leave(self, member: M) -> None:
        """The member listens no more."""
        for name in self._names.pop(member, ()):
            self._members[name].remove(member)
            if not self._members[name]:
                del self._members[name]

    def of(self, name: str) -> tuple[M, ...]:
        """Whoever listens to a name."""
        return tuple(self._members.get(name, ()))

    def everybody(self) -> tuple[M, ...]:
        """All members."""
        return tuple(self._names)
