"""Gamma-Gamma: what a customer's purchases are worth on average, however few were seen.

Fader, Hardie and Lee, RFM and CLV, Journal of Marketing Research 42 (2005). A purchase is worth
gamma(p, v) with v gamma(q, gamma) distributed over customers; independent of how often they buy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from c360_kernel.errors import Invalid

from c360_profile.domain.scores.history import Repeats
from c360_profile.domain.scores.optimum import (
    Point,
    Slope,
    exponentials,
    minimum,
    of_logarithms,
)
from c360_profile.domain.scores.special import digamma

_START_SHAPE = 1.0


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The three parameters, all above 0; `gamma` in the currency of the purchases."""

    p: float
    q: float
    gamma: float

    def expected(self, one: Repeats | None) -> float | None:
        """What a purchase of this customer is expected to be worth; None of nobody without a mean.

        Who made no repeat purchase is expected to spend what all do on average.
        """
        x, mean = one or Repeats(0, 0.0)
        above = self.p * x + self.q - 1
        return self.p * (self.gamma + x * mean) / above if above > 0 else None


class Likelihood:
    """ln L of repeat purchases, with its gradient by p, q and gamma."""

    def __init__(self, values: Iterable[Repeats]) -> None:
        self._rows = Counter(sorted(values))
        self.customers = sum(self._rows.values())
        self._having = Counter[int]()
        self._logs: dict[int, float] = {}
        for (x, mean), count in self._rows.items():
            self._having[x] += count
            self._logs[x] = self._logs.get(x, 0.0) + count * math.log(mean)

    def at(self, model: GammaGamma) -> Slope:
        """ln L and its gradient."""
        parts = (self._of_frequencies(model), self._of_values(model))
        value, *gradient = map(sum, zip(*parts, strict=True))
        return Slope(value, tuple(gradient))

    def _of_frequencies(self, model: GammaGamma) -> tuple[float, float, float, float]:
        p, q = model.p, model.q
        value = by_p = by_q = 0.0
        log, psi, log_gamma = math.log(model.gamma), digamma(q), math.lgamma(q)
        for x, count in self._having.items():
            both = p * x + q
            value += count * (math.lgamma(both) - math.lgamma(p * x) - log_gamma)
            value += count * (q * log + p * x * math.log(x)) + (p * x - 1) * self._logs[x]
            by_p += count * x * (digamma(both) - digamma(p * x) + math.log(x)) + x * self._logs[x]
            by_q += count * (digamma(both) - psi + log)
        return value, by_p, by_q, self.customers * q / model.gamma

    def _of_values(self, model: GammaGamma) -> tuple[float, float, float, float]:
        value = by_p = by_q = by_gamma = 0.0
        for (x, mean), count in self._rows.items():
            both, scale = count * (model.p * x + model.q), model.gamma + x * mean
            log = math.log(scale)
            value -= both * log
            by_p -= count * x * log
            by_q -= count * log
            by_gamma -= both / scale
        return value, by_p, by_q, by_gamma


def fit(values: Iterable[Repeats]) -> GammaGamma:
    """The likeliest model of repeat purchases. Raises `Invalid` (SCORES_NOT_FITTED)."""
    rows = list(values)
    if not rows:
        raise Invalid("no repeat purchase is worth anything", code="SCORES_NOT_FITTED")
    likelihood = Likelihood(rows)

    def objective(logarithms: Point) -> Slope:
        parameters = exponentials(logarithms)
        value, gradient = likelihood.at(GammaGamma(*parameters))
        return of_logarithms(value, gradient, parameters, likelihood.customers)

    mean = math.fsum(one.mean for one in rows) / len(rows)
    start = (_START_SHAPE, _START_SHAPE, math.log(mean))
    return GammaGamma(*exponentials(minimum(objective, start)))
