"""Shifted-beta-geometric: how many customers under contract renew it, period by period.

Fader and Hardie, How to project customer retention, Journal of Interactive Marketing 21 (2007).
Each customer ends its contract with a chance of its own, beta(alpha, beta) distributed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from c360_profile.domain.scores.optimum import (
    Point,
    Slope,
    exponentials,
    minimum,
    of_logarithms,
)


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """The two parameters, both above 0."""

    alpha: float
    beta: float

    def retention(self, period: int) -> float:
        """Of those who are there when a period begins (1, 2, …), the share that stays after it."""
        return (self.beta + period - 1) / (self.alpha + self.beta + period - 1)

    def survival(self, periods: int) -> float:
        """The share of all who began that is still there after so many periods."""
        return math.prod(map(self.retention, range(1, periods + 1)))


def log_likelihood(model: ShiftedBetaGeometric, survivors: Sequence[float]) -> Slope:
    """ln L and its gradient; `survivors` are counts (or per cent) at the end of periods 0, 1, …

    Whoever is there in a period stays or leaves, which is all that is known of it.
    """
    alpha, beta = model.alpha, model.beta
    left = survivors[0] - survivors[-1]
    value, by_alpha, by_beta = left * math.log(alpha), left / alpha, 0.0
    for i, (before, after) in enumerate(pairwise(survivors)):
        value += after * math.log(beta + i) - before * math.log(alpha + beta + i)
        by_alpha -= before / (alpha + beta + i)
        by_beta += after / (beta + i) - before / (alpha + beta + i)
    return Slope(value, (by_alpha, by_beta))


def fit(survivors: Sequence[float]) -> ShiftedBetaGeometric:
    """The likeliest model of one cohort. Raises `Invalid` (SCORES_NOT_FITTED)."""

    def objective(logarithms: Point) -> Slope:
        parameters = exponentials(logarithms)
        value, gradient = log_likelihood(ShiftedBetaGeometric(*parameters), survivors)
        return of_logarithms(value, gradient, parameters, survivors[0])

    return ShiftedBetaGeometric(*exponentials(minimum(objective, (0.0, 0.0))))
