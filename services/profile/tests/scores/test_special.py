"""Functions of mathematics, where their values are known."""

from __future__ import annotations

import math

import pytest
from c360_kernel.errors import Invalid
from c360_profile.domain.scores.optimum import Point, Slope, minimum
from c360_profile.domain.scores.special import digamma, weighted_hypergeometric

_EULER = 0.5772156649015329
_OF_SCIPY = -0.0714285714285715


def test_digamma() -> None:
    assert digamma(1) == pytest.approx(-_EULER, rel=1e-12)
    assert digamma(0.5) == pytest.approx(-_EULER - 2 * math.log(2), rel=1e-12)
    assert digamma(1e-3) == pytest.approx(digamma(1.001) - 1e3, rel=1e-12)
    assert digamma(1e6) == pytest.approx(math.log(1e6) - 5e-7, rel=1e-12)


@pytest.mark.parametrize("z", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_hypergeometric(z: float) -> None:
    assert weighted_hypergeometric(1.7, 2.5, 2.5, z) == pytest.approx(2.5, rel=1e-12)
    if z:
        known = -math.log1p(-z) / z * (1 - z) * 2
        assert weighted_hypergeometric(1.0, 1.0, 2.0, z) == pytest.approx(known, rel=1e-12)


def test_hypergeometric_at_its_pole_and_below() -> None:
    # c 2F1(a, b; c; z) is a b z 2F1(a + 1, b + 1; 2; z) at c = 0; 2F1(1, b; b; z) is 1 / (1 - z).
    known = 1 * 1 * 0.5 / (1 - 0.5) ** 2 * (1 - 0.5)
    assert weighted_hypergeometric(1.0, 1.0, 0.0, 0.5) == pytest.approx(known, rel=1e-12)
    below = weighted_hypergeometric(1.0, 0.5, -0.5, 0.3)
    assert below == pytest.approx(_OF_SCIPY, rel=1e-12)


def test_hypergeometric_beyond_what_its_factors_can_be() -> None:
    assert weighted_hypergeometric(5000.0, 7.0, 7.0, 0.5) == pytest.approx(7.0, rel=1e-9)


def rosenbrock(point: Point) -> Slope:
    x, y = point
    gradient = (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x))
    return Slope((1 - x) ** 2 + 100 * (y - x * x) ** 2, gradient)


def test_the_bottom_of_a_bent_valley_is_found() -> None:
    assert minimum(rosenbrock, (-1.2, 1.0)) == pytest.approx((1.0, 1.0), abs=1e-6)


def test_where_there_is_no_bottom_nothing_is_found() -> None:
    with pytest.raises(Invalid) as refused:
        minimum(lambda point: Slope(-point[0], (-1.0,)), (0.0,))
    assert refused.value.code == "SCORES_NOT_FITTED"
