"""Of how many objects each coordinate was answered: counted by objects, never by values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from c360_federation.policy import Use, UseKind

NOT_COUNTED = -1


@dataclass(slots=True)
class _Level:
    """Objects at one place of an answer, by the response keys that lead below them."""

    number: int
    below: dict[str, _Level] = field(default_factory=dict[str, "_Level"])


class UseCounting:
    """What to count for the uses of one operation, in an order; made once, used by each answer.

    Only selected fields are counted. Where types share a place, as below an interface, an answer
    does not say of which it is, and nothing is counted.
    """

    def __init__(self, ordered: Sequence[tuple[str, Sequence[Use]]]) -> None:
        self._root = _Level(0)
        self._levels = 1
        shared = _shared(use for _, uses in ordered for use in uses)
        places = [self._places_of(uses, shared) for _, uses in ordered]
        # Most uses are at one place, and what is not counted is at one behind all of them.
        nowhere = frozenset((self._levels,))
        self._first = [next(iter(nowhere if one is None else one)) for one in places]
        self._several = [(at, one) for at, one in enumerate(places) if one and len(one) > 1]

    def counts(self, data: Mapping[str, Any] | None) -> list[int]:
        """One number for each use, `NOT_COUNTED` where there is none to tell."""
        found = [0] * self._levels + [NOT_COUNTED]
        if data is not None:
            _count(data, self._root, found)
        counts = [found[place] for place in self._first]
        for at, places in self._several:
            counts[at] = sum(found[one] for one in places)
        return counts

    def _places_of(
        self, uses: Sequence[Use], shared: frozenset[tuple[str, ...]]
    ) -> frozenset[int] | None:
        paths = {use.path for use in uses if use.kind is UseKind.FIELD}
        if not paths or paths & shared:
            return None
        return frozenset(self._level(path[:-1]).number for path in paths)

    def _level(self, path: Iterable[str]) -> _Level:
        level = self._root
        for key in path:
            if key not in level.below:
                level.below[key] = _Level(self._levels)
                self._levels += 1
            level = level.below[key]
        return level


def _shared(uses: Iterable[Use]) -> frozenset[tuple[str, ...]]:
    """The paths that stand for several fields."""
    fields = {(use.path, use.coordinate) for use in uses if use.kind is UseKind.FIELD}
    times = Counter(path for path, _ in fields)
    return frozenset(path for path, count in times.items() if count > 1)


def _count(value: Any, level: _Level, found: list[int]) -> None:  # noqa: ANN401 - JSON
    if type(value) is dict:
        found[level.number] += 1
        for key, below in level.below.items():
            if (inner := value.get(key)) is not None:
                _count(inner, below, found)
    elif isinstance(value, list):
        for one in value:
            _count(one, level, found)
