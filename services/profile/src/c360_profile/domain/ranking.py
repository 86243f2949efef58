"""The candidates of one trait in the order of its rule, while single ones come and go.

Each says of the same candidates what `survivorship` says.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Protocol

from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import TraitValue
from c360_kernel.survivorship import Candidate, items, size

_Key = Callable[[Candidate], Any]


def _longest(candidate: Candidate) -> Any:  # noqa: ANN401
    return size(candidate.value), candidate.weight


def _greatest(candidate: Candidate) -> Any:  # noqa: ANN401
    return candidate.value, candidate.weight


_weight: _Key = attrgetter("weight")
_trust: _Key = attrgetter("weight.trust", "weight")


class Ranking(Protocol):
    """The candidates of one trait."""

    @property
    def value(self) -> TraitValue | None:
        """The value that survives; None if there is no candidate."""
        ...

    def fill(self, candidates: Iterable[Candidate]) -> None:
        """Take up the first candidates, all at once."""
        ...

    def add(self, candidate: Candidate) -> None:
        """Take up one more."""
        ...

    def drop(self, candidate: Candidate) -> None:
        """Forget one that was taken up."""
        ...


class _Sorted:
    """Ascending; no two candidates are equal, since each record gives one at most."""

    def __init__(self, key: _Key, place: int) -> None:
        self._key = key
        self._place = place
        self._held: list[Candidate] = []
        self.votes = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def first(self) -> Candidate:
        return self._held[self._place]

    @property
    def value(self) -> TraitValue | None:
        return self.first.value if self._held else None

    def fill(self, candidates: Iterable[Candidate]) -> None:
        self._held = sorted(candidates, key=self._key)
        self.votes = sum(one.weight.votes for one in self._held)

    def add(self, candidate: Candidate) -> None:
        insort(self._held, candidate, key=self._key)
        self.votes += candidate.weight.votes

    def drop(self, candidate: Candidate) -> None:
        del self._held[bisect_left(self._held, self._key(candidate), key=self._key)]
        self.votes -= candidate.weight.votes


class _Frequent:
    """By value, so that the values of most records are found without looking at the records."""

    def __init__(self) -> None:
        self._by_value: dict[TraitValue, _Sorted] = {}

    @property
    def value(self) -> TraitValue | None:
        most = max(self._by_value.values(), key=_frequency, default=None)
        return None if most is None else most.value

    def fill(self, candidates: Iterable[Candidate]) -> None:
        by_value: dict[TraitValue, list[Candidate]] = {}
        for candidate in candidates:
            by_value.setdefault(candidate.value, []).append(candidate)
        for value, those in by_value.items():
            self._group(value).fill(those)

    def add(self, candidate: Candidate) -> None:
        self._group(candidate.value).add(candidate)

    def drop(self, candidate: Candidate) -> None:
        group = self._by_value[candidate.value]
        group.drop(candidate)
        if not len(group):
            del self._by_value[candidate.value]

    def _group(self, value: TraitValue) -> _Sorted:
        return self._by_value.setdefault(value, _Sorted(_weight, -1))


class _Union:
    """How many records give each item."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    @property
    def value(self) -> TraitValue | None:
        return tuple(sorted(self._given)) if self._given else None

    def fill(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: Candidate) -> None:
        self._given.update(set(items(candidate.value)))

    def drop(self, candidate: Candidate) -> None:
        for item in set(items(candidate.value)):
            self._given[item] -= 1
            if not self._given[item]:
                del self._given[item]


def _frequency(group: _Sorted) -> tuple[int, Any]:
    return group.votes, group.first.weight


class _Correctable:
    """What stewards say apart from all others: while there is any, nothing else counts."""

    def __init__(self, others: Ranking) -> None:
        self._others = others
        self._corrections = _Sorted(_weight, -1)

    @property
    def value(self) -> TraitValue | None:
        return self._corrections.value if len(self._corrections) else self._others.value

    def fill(self, candidates: Iterable[Candidate]) -> None:
        given = list(candidates)
        self._corrections.fill(one for one in given if one.weight.corrects)
        self._others.fill(one for one in given if not one.weight.corrects)

    def add(self, candidate: Candidate) -> None:
        self._of(candidate).add(candidate)

    def drop(self, candidate: Candidate) -> None:
        self._of(candidate).drop(candidate)

    def _of(self, candidate: Candidate) -> Ranking:
        return self._corrections if candidate.weight.corrects else self._others


def ranking(rule: Survivorship) -> Ranking:
    """A ranking without candidates."""
    return _Correctable(_RANKINGS[rule]())


_RANKINGS: dict[Survivorship, Callable[[], Ranking]] = {
    "latest": lambda: _Sorted(_weight, -1),
    "oldest": lambda: _Sorted(_weight, 0),
    "source_priority": lambda: _Sorted(_trust, -1),
    "most_frequent": _Frequent,
    "longest": lambda: _Sorted(_longest, -1),
    "maximum": lambda: _Sorted(_greatest, -1),
    "minimum": lambda: _Sorted(_greatest, 0),
    "union": _Union,
}
