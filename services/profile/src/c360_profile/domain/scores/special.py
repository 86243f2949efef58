"""The two functions of mathematics that the models need and the standard library lacks."""

from __future__ import annotations

import math
from itertools import count

_ASYMPTOTIC = 10.0
_EXACT = 1e-17
_LARGE = 1e100
_LOG_LARGE = math.log(_LARGE)


def digamma(x: float) -> float:
    """The derivative of lnΓ at `x` > 0, to 1e-12 (Abramowitz and Stegun 6.3.5, 6.3.18)."""
    below = 0.0
    while x < _ASYMPTOTIC:
        below -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (
        1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132)))
    )
    return below + math.log(x) - 1 / (2 * x) - series


def weighted_hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """(1 - z)^a times c times Gauss's 2F1(a, b; c; z), for 0 <= z < 1, a and b > 0, c > -1.

    By its series, of which c takes the pole at 0. (1 - z)^a and 2F1 go beyond what a number can be
    where `a` is in the hundreds, their product does not: sums that grow large are scaled down. All
    terms but the first are positive. There are some 40 / (1 - z) of them.
    """
    weight = a * math.log1p(-z)
    if not z:
        return c
    scale, term, total = weight + math.log(a * b * z), 1.0, 0.0
    for n in count(1):
        total += term
        ratio = (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        if ratio < 1 and term <= _EXACT * total * (1 - ratio):
            return c * math.exp(weight) + total * math.exp(scale)
        term *= ratio
        if total > _LARGE:
            term, total, scale = term / _LARGE, total / _LARGE, scale + _LOG_LARGE
    raise AssertionError("a series of ratio below 1 ends")
