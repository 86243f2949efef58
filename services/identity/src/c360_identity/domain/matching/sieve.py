"""The bits of those pairs that have enough of them: of most pairs little tells that they have not.

What is told at little cost is asked first, and a pair is let go as soon as the best that is left to
be asked would not be enough. What a pair has is what `Scorer.bits` says, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from c360_identity.domain.matching.kind import Form
from c360_identity.domain.matching.scoring import Compared, Forms, Scorer

_REMEMBERED = 1 << 12
_ROUNDING = 1e-6


class _Look(NamedTuple):
    """One thing that is compared, and below what a pair is let go once it is told."""

    place: int
    worths: Callable[[Form, Form], Sequence[float]]
    floor: float


class Sieve:
    """Over pairs that need `least` bits. Pure: equal forms have equal bits."""

    def __init__(self, scorer: Scorer, least: float) -> None:
        self._prior = scorer.model.prior
        self._least = least
        compared = sorted(scorer.compared, key=lambda one: (one.kind.is_slow, -one.most))
        self._compared = [(one, 1 << one.place, _remembering(one)) for one in compared]
        self._looks_at = lru_cache(_REMEMBERED)(self._looks)

    def told(self, forms: Forms) -> int:
        """What is said at all: a bit for each thing that is compared."""
        return sum([bit for one, bit, _ in self._compared if forms[one.place] is not None])

    def bits(self, one: Forms, other: Forms, both: int) -> float | None:
        """The bits of a pair of which `both` is told; None if they are fewer than are needed."""
        total = self._prior
        found: list[tuple[int, Sequence[float]]] = []
        for place, worths, floor in self._looks_at(both):
            worth = worths(one[place], other[place])
            total += worth[0] if len(worth) == 1 else sum(worth)
            if total < floor:
                return None
            found.append((place, worth))
        bits = self._sum(found)
        return bits if bits >= self._least else None

    def _looks(self, both: int) -> Sequence[_Look]:
        told = [(one, worths) for one, bit, worths in self._compared if both & bit]
        left = sum(one.most for one, _ in told)
        looks: list[_Look] = []
        for one, worths in told:
            left -= one.most
            looks.append(_Look(one.place, worths, self._least - left - _ROUNDING))
        return looks

    def _sum(self, found: list[tuple[int, Sequence[float]]]) -> float:
        """In the order of the model: sums of fractions depend on theirs."""
        total = self._prior
        for _, worth in sorted(found):
            for bits in worth:
                total += bits
        return total


def _remembering(compared: Compared) -> Callable[[Form, Form], Sequence[float]]:
    """Names and places are met again, papers and mailboxes seldom."""
    worths = compared.worths
    return lru_cache(_REMEMBERED)(worths) if compared.kind.recurs else worths
