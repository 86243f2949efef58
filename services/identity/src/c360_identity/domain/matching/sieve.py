"""The bits of those pairs that have enough of them: of most pairs little tells that they have not.

What is told at little cost is asked first, and a pair is let go as soon as the best that is left to
be asked would not be enough. What a pair has is what `Scorer.bits` says, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from c360_identity.domain.matching.adding import Told, once
from c360_identity.domain.matching.kind import Form
from c360_identity.domain.matching.scoring import Compared, Forms, Scorer

_REMEMBERED = 1 << 12
_ROUNDING = 1e-6


class _Look(NamedTuple):
    """One comparison, and below what a pair is let go once it is told.

    `closes` is how many comparisons that say one thing it is the last of; 0 before the last.
    """

    place: int
    worths: Callable[[Form, Form], Sequence[float]]
    floor: float
    closes: int = 1


class Weighed(NamedTuple):
    """The bits of a pair, and what tells them: each comparison of what both say."""

    bits: float
    told: Sequence[Told]


_Thing = list[Compared]


class Sieve:
    """Over pairs that need `least` bits. Pure: equal forms have equal bits."""

    def __init__(self, scorer: Scorer, least: float) -> None:
        self._prior = scorer.model.prior
        self._adding = scorer.adding
        self._least = least
        self._compared = [(one, 1 << one.place) for one in scorer.compared]
        self._looks_at = lru_cache(_REMEMBERED)(self._looks)

    def weighed(self, one: Forms, other: Forms, both: int) -> Weighed | None:
        """The bits of two who both say `both` (see `Portrait`); None if fewer than are needed."""
        total = self._prior
        looks, order = self._looks_at(both)
        found: list[Sequence[float]] = []
        for place, worths, floor, closes in looks:
            worth = worths(one[place], other[place])
            found.append(worth)
            if closes == 1:
                total += worth[0] if len(worth) == 1 else sum(worth)
            elif closes:
                total += once(list(map(sum, found[-closes:])))
            else:
                continue
            if total < floor:
                return None
        told = [(place, found[number]) for place, number in order]
        bits = self._adding.total(told)
        return Weighed(bits, told) if bits >= self._least else None

    def _looks(self, both: int) -> tuple[Sequence[_Look], Sequence[tuple[int, int]]]:
        """What to look at, and where each place is in it, in the order in which bits add up."""
        things = self._things(both)
        left = sum(_most(thing) for thing in things)
        looks: list[_Look] = []
        for thing in things:
            left -= _most(thing)
            floor, last = self._least - left - _ROUNDING, len(thing)
            looks += (
                _Look(one.place, one.worths, floor, last if number == last else 0)
                for number, one in enumerate(thing, 1)
            )
        return looks, sorted((look.place, number) for number, look in enumerate(looks))

    def _things(self, both: int) -> Sequence[_Thing]:
        """What is told, the comparisons that say one thing together, what tells most first."""
        things: dict[tuple[bool, int], _Thing] = {}
        for one, bit in self._compared:
            if both & bit:
                group = self._adding.group_of.get(one.place)
                name = (group is None, one.place if group is None else group)
                things.setdefault(name, []).append(one)
        return sorted(
            things.values(),
            key=lambda thing: (any(one.kind.is_slow for one in thing), -_most(thing)),
        )


def _most(thing: _Thing) -> float:
    """The most that a thing may be worth."""
    most = max(one.most for one in thing)
    return most if len(thing) == 1 else max(0.0, most)
