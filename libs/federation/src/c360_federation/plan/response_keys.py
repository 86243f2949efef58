"""Which response key holds what, at each place of the answer.

What the planner fetches for itself (keys, `@requires`) lands in the same objects as what the
caller asked for, and must never take a response key that the caller gave to something else.
"""

from __future__ import annotations

from typing import TypeAlias

from c360_federation.selection import Argument, Field, Fragment, Items

Place: TypeAlias = tuple[str, ...]
_Meaning: TypeAlias = tuple[str, tuple[Argument, ...]]


class ResponseKeys:
    """The response keys taken at each place, and what they stand for."""

    def __init__(self, items: Items) -> None:
        self._taken: dict[Place, dict[str, set[_Meaning]]] = {}
        self._internal: dict[tuple[Place, _Meaning], str] = {}
        self._aliases = 0
        self._note(items, ())

    def _note(self, items: Items, place: Place) -> None:
        for item in items:
            if isinstance(item, Fragment):
                self._note(item.children, place)
            else:
                meanings = self._taken.setdefault(place, {}).setdefault(item.key, set())
                meanings.add((item.name, item.arguments))
                self._note(item.children, (*place, item.key))

    def internal(self, item: Field, place: Place) -> str:
        """The key for a field that the planner needs: the caller's when it is the same field."""
        meaning = (item.name, item.arguments)
        known = self._internal.get((place, meaning))
        if known is None:
            known = self._internal[place, meaning] = self._free_key(meaning, place)
        return known

    def _free_key(self, meaning: _Meaning, place: Place) -> str:
        taken = self._taken.setdefault(place, {})
        if taken.get(meaning[0], {meaning}) == {meaning}:
            taken[meaning[0]] = {meaning}
            return meaning[0]
        key = self.fresh(meaning[0], place)
        taken[key] = {meaning}
        return key

    def fresh(self, name: str, place: Place) -> str:
        """A response key that nothing uses at this place."""
        while True:
            self._aliases += 1
            key = f"_{self._aliases}_{name}"
            if key not in self._taken.get(place, {}):
                return key
