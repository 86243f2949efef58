"""The likelihood of BG/NBD over counted histories, and where it is greatest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import TypeAlias

from c360_kernel.errors import Invalid

from c360_profile.domain.scores.bgnbd import BgNbd
from c360_profile.domain.scores.history import History, Sample
from c360_profile.domain.scores.optimum import (
    Point,
    Slope,
    exponentials,
    minimum,
    of_logarithms,
)

_START = (0.0, 1.0, 0.0, 1.0)
_FARTHEST = 700.0
_Terms: TypeAlias = tuple[float, float, float, float, float]
"""A part of ln L, and its derivatives by r, alpha, a and b."""


class Likelihood:
    """ln L of a sample, with its gradient by r, alpha, a and b (equation 6 of the paper).

    It is cut into what depends on frequencies alone, on ages alone, and on whether a customer who
    bought again has left since. Gamma functions of whole frequencies are products, so their
    logarithms are sums over those who bought more often than i times, and nothing overflows.
    """

    def __init__(self, sample: Sample) -> None:
        self.customers = sum(sample.values())
        self._more_often = _more_often(sample)
        self._ages = Counter[float]()
        self._bought_at_age = Counter[float]()
        for one, count in sample.items():
            self._ages[one.age] += count
            self._bought_at_age[one.age] += count * one.frequency
        self._repeating = [(one, count) for one, count in sample.items() if one.frequency]

    def at(self, model: BgNbd) -> Slope:
        """ln L and its gradient."""
        parts = (self._of_frequencies(model), self._of_ages(model), self._of_leaving(model))
        value, *gradient = map(sum, zip(*parts, strict=True))
        return Slope(value, tuple(gradient))

    def _of_frequencies(self, model: BgNbd) -> _Terms:
        r, alpha, a, b = astuple(model)
        value, by_r = self.customers * r * math.log(alpha), self.customers * math.log(alpha)
        by_a = by_b = 0.0
        for i, count in enumerate(self._more_often):
            value += count * (math.log(r + i) + math.log(b + i) - math.log(a + b + i))
            by_r += count / (r + i)
            by_a -= count / (a + b + i)
            by_b += count * (1 / (b + i) - 1 / (a + b + i))
        return value, by_r, self.customers * r / alpha, by_a, by_b

    def _of_ages(self, model: BgNbd) -> _Terms:
        value = by_r = by_alpha = 0.0
        for age, customers in self._ages.items():
            events, log = (
                model.r * customers + self._bought_at_age[age],
                math.log(model.alpha + age),
            )
            value -= events * log
            by_r -= customers * log
            by_alpha -= events / (model.alpha + age)
        return value, by_r, by_alpha, 0.0, 0.0

    def _of_leaving(self, model: BgNbd) -> _Terms:
        r, alpha, a, b = astuple(model)
        value = by_r = by_alpha = by_a = by_b = 0.0
        # Written out, as `BgNbd.log_odds_left` has it: nearly all of a fit is spent here.
        for (frequency, recency, age), count in self._repeating:
            at_end, at_last, chances = alpha + age, alpha + recency, b + frequency - 1
            silence, events = math.log(at_end / at_last), r + frequency
            odds = math.log(a / chances) + events * silence
            left = count / (1 + math.exp(-odds)) if odds > -_FARTHEST else 0.0
            value += count * (max(odds, 0.0) + math.log1p(math.exp(-abs(odds))))
            by_r += left * silence
            by_alpha += left * events * (1 / at_end - 1 / at_last)
            by_a += left / a
            by_b -= left / chances
        return value, by_r, by_alpha, by_a, by_b


def fit(sample: Sample) -> BgNbd:
    """The likeliest model of these histories. Raises `Invalid` (SCORES_NOT_FITTED)."""
    if not any(one.frequency for one in sample):
        raise Invalid("nobody has bought again, which fits no model", code="SCORES_NOT_FITTED")
    likelihood = Likelihood(sample)

    def objective(logarithms: Point) -> Slope:
        parameters = exponentials(logarithms)
        value, gradient = likelihood.at(BgNbd(*parameters))
        return of_logarithms(value, gradient, parameters, likelihood.customers)

    return BgNbd(*exponentials(minimum(objective, _START)))


def log_likelihood(model: BgNbd, histories: Iterable[History]) -> float:
    """ln L of these customers under a model."""
    return Likelihood(Counter(histories)).at(model).value


def _more_often(sample: Sample) -> list[int]:
    """How many customers bought again more than 0, 1, 2, … times."""
    having = Counter[int]()
    for one, count in sample.items():
        having[one.frequency] += count
    return _above(having)


def _above(having: Mapping[int, int]) -> list[int]:
    found: list[int] = []
    above = sum(having.values())
    for frequency in range(max(having, default=0)):
        above -= having.get(frequency, 0)
        found.append(above)
    return found
