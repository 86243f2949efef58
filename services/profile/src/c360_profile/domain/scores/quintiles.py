"""Cut points of quintiles: where a value stands among those that all had when they were fitted."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import ComputedTrait, QuintileOf

QUINTILES = 5
_DIGITS = 16


def cut_points(values: Iterable[float]) -> tuple[float, ...]:
    """The least value of each quintile above the lowest, of at least one value.

    A quintile is the share of all whose value is at most as large, cut into fifths and rounded up.
    So equal values always have equal quintiles, and where many are equal some quintiles are empty:
    of buyers most of whom bought once, none is in the lowest two by frequency.
    """
    counted = sorted(Counter(values).items())
    at_most = list(accumulate(count for _, count in counted))
    # In whole numbers: a share of exactly a fifth is of the lowest quintile.
    firsts = (
        bisect_right(at_most, fifth * at_most[-1], key=lambda count: count * QUINTILES)
        for fifth in range(1, QUINTILES)
    )
    return tuple(counted[first][0] for first in firsts)


def quintile(points: Sequence[float], value: float) -> int:
    """From 1 to 5, the greatest; of a value that nobody had, that of the next one below."""
    return 1 + bisect_right(points, value)


@dataclass(frozen=True, slots=True)
class CutPoints:
    """Where the quintiles begin of a trait that was `declared` so, among so many buyers.

    `points` are in the order of what ranks better: of recency they are days, negated.
    """

    trait: str
    of: QuintileOf
    declared: str
    buyers: int
    points: tuple[float, ...]

    @property
    def shown(self) -> tuple[float, ...]:
        """The points in the unit of what they are of: of recency at most so many days."""
        return turned(self.of, self.points)


def turned(of: QuintileOf, points: Iterable[float]) -> tuple[float, ...]:
    """Points as they are shown of those that rank, and the other way round."""
    return tuple(-point if of == "recency" else point for point in points)


class Quintiles(NamedTuple):
    """The cut points of a version of the models, "" of none."""

    version: str = ""
    fitted: tuple[CutPoints, ...] = ()

    def of(self, trait: ComputedTrait) -> CutPoints | None:
        """Those of a trait; None where they were fitted to none that is declared as it is."""
        declared = declaration(trait)
        own = (one for one in self.fitted if (one.trait, one.declared) == (trait.name, declared))
        return next(own, None)


NO_QUINTILES = Quintiles()


def declaration(trait: ComputedTrait) -> str:
    """Names what a quintile is of: cut points of another declaration say nothing of it."""
    parts = [trait.of, trait.events, trait.looks_at, trait.where, trait.last_ms]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:_DIGITS]
