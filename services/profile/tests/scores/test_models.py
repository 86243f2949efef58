"""The models of buying, against what was published and what other programs find."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from c360_kernel.errors import Invalid
from c360_profile.domain.scores import bgnbd_fitting, gamma_gamma, sbg
from c360_profile.domain.scores.bgnbd import BgNbd
from c360_profile.domain.scores.gamma_gamma import GammaGamma
from c360_profile.domain.scores.history import History, Repeats, all_repeats, history, sample
from c360_profile.domain.scores.sbg import ShiftedBetaGeometric
from hypothesis import given
from hypothesis import strategies as st

# Fader, Hardie and Lee 2005, tables 2 and 3: a tenth of the customers of CDNOW.
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
PUBLISHED_WORTH = GammaGamma(p=6.25, q=3.74, gamma=15.44)

BUYERS = {
    History(0, 0.0, 10.0): 30,
    History(0, 0.0, 20.0): 40,
    History(0, 0.0, 30.0): 50,
    History(1, 1.0, 10.0): 9,
    History(1, 3.0, 20.0): 9,
    History(1, 1.0, 30.0): 12,
    History(2, 8.0, 10.0): 2,
    History(2, 3.0, 20.0): 6,
    History(2, 4.0, 30.0): 8,
    History(3, 19.0, 20.0): 4,
    History(4, 5.0, 30.0): 5,
    History(5, 29.0, 30.0): 4,
    History(8, 29.0, 30.0): 4,
    History(14, 30.0, 30.0): 3,
}
# What L-BFGS-B and Nelder-Mead of SciPy 1.17 and `lifetimes` 0.11.3 find for these.
FITTED = BgNbd(r=0.154252, alpha=1.026767, a=0.638466, b=0.873151)
FITTED_LIKELIHOOD = -619.503008

VALUES = {
    Repeats(1, 10.0): 9,
    Repeats(1, 25.0): 7,
    Repeats(1, 60.0): 5,
    Repeats(2, 12.0): 6,
    Repeats(2, 30.0): 5,
    Repeats(3, 18.0): 4,
    Repeats(4, 22.0): 3,
    Repeats(6, 40.0): 2,
    Repeats(9, 26.0): 1,
}

parameters = st.floats(0.01, 50)
models = st.builds(BgNbd, parameters, parameters, parameters, parameters)
lives = st.builds(
    lambda frequency, shares, age: History(frequency, shares * age if frequency else 0.0, age),
    st.integers(0, 400),
    st.floats(0, 1),
    st.floats(0, 600),
)


def naive_likelihood(model: BgNbd, one: History) -> float:
    """Equation 6 of the paper as it is written."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, recency, age = one
    before = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
    before += math.lgamma(a + b) - math.lgamma(b) + math.lgamma(b + x) - math.lgamma(a + b + x)
    here = (alpha + age) ** -(r + x)
    gone = a / (b + x - 1) * (alpha + recency) ** -(r + x) if x else 0.0
    return before + math.log(here + gone)


def test_a_customer_of_the_paper() -> None:
    one = History(2, 30.43, 38.86)
    assert PUBLISHED.expected(one, 39) == pytest.approx(1.226, rel=1e-3)
    assert PUBLISHED.probability_alive(one) == pytest.approx(0.7266, rel=1e-3)


def test_the_likeliest_model_is_the_one_that_others_find() -> None:
    found = bgnbd_fitting.fit(BUYERS)
    assert found.r == pytest.approx(FITTED.r, rel=1e-5)
    assert found.alpha == pytest.approx(FITTED.alpha, rel=1e-5)
    assert found.a == pytest.approx(FITTED.a, rel=1e-5)
    assert found.b == pytest.approx(FITTED.b, rel=1e-5)
    assert bgnbd_fitting.Likelihood(BUYERS).at(found).value == pytest.approx(FITTED_LIKELIHOOD)


@pytest.mark.parametrize(
    ("one", "weeks", "expected", "alive"),
    [
        (History(0, 0.0, 30.0), 10, 0.0463068, 1.0),
        (History(4, 5.0, 30.0), 10, 0.0081815, 0.0066626),
        (History(14, 30.0, 30.0), 52, 16.0900077, 0.9560031),
    ],
)
def test_expectations_are_those_of_another_program(
    one: History, weeks: float, expected: float, alive: float
) -> None:
    assert FITTED.expected(one, weeks) == pytest.approx(expected, rel=1e-4)
    assert FITTED.probability_alive(one) == pytest.approx(alive, rel=1e-4)


def test_what_purchases_are_worth_is_what_another_program_says() -> None:
    found = gamma_gamma.fit(Counter(VALUES).elements())
    assert found.p == pytest.approx(2.887339, rel=1e-4)
    assert found.q == pytest.approx(15.349594, rel=1e-4)
    assert found.gamma == pytest.approx(121.6482, rel=1e-4)
    assert found.expected(None) == pytest.approx(24.47732, rel=1e-4)
    assert found.expected(Repeats(2, 30.0)) == pytest.approx(26.06206, rel=1e-4)


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "after_twelve"),
    [
        ((100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1), 0.704, 1.182, 0.170),
        ((100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1), 0.668, 3.806, 0.378),
    ],
    ids=["regular", "high end"],
)
def test_retention_of_the_paper(
    survivors: tuple[float, ...], alpha: float, beta: float, after_twelve: float
) -> None:
    """Fader and Hardie 2007, table 1 and figure 4."""
    found = sbg.fit(survivors)
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert found.beta == pytest.approx(beta, abs=5e-4)
    assert found.survival(12) == pytest.approx(after_twelve, abs=5e-4)


def test_retention_rises_with_age_and_multiplies_to_survival() -> None:
    model = ShiftedBetaGeometric(0.7, 1.2)
    rates = [model.retention(period) for period in range(1, 20)]
    assert rates == sorted(rates)
    assert model.survival(0) == 1
    assert model.survival(3) == pytest.approx(rates[0] * rates[1] * rates[2])


@given(models, lives)
def test_a_likelihood_is_finite_and_as_the_paper_writes_it(model: BgNbd, one: History) -> None:
    found = bgnbd_fitting.log_likelihood(model, [one])
    assert math.isfinite(found)
    if one.frequency < 60:
        assert found == pytest.approx(naive_likelihood(model, one), rel=1e-6, abs=1e-6)


@given(models, st.lists(lives, min_size=1, max_size=8))
def test_customers_counted_are_customers_one_by_one_in_any_order(
    model: BgNbd, several: list[History]
) -> None:
    together = bgnbd_fitting.log_likelihood(model, [*several, *several])
    alone = sum(bgnbd_fitting.log_likelihood(model, [one]) for one in several)
    assert together == pytest.approx(2 * alone, rel=1e-9, abs=1e-9)
    assert list(sample(several).items()) == list(sample(reversed(several)).items())


@given(st.builds(BgNbd, *[st.floats(0.1, 20)] * 4), lives.filter(lambda one: one.frequency < 50))
def test_a_gradient_is_what_differences_say(model: BgNbd, one: History) -> None:
    likelihood = bgnbd_fitting.Likelihood({one: 3})
    slope = likelihood.at(model)
    values = (model.r, model.alpha, model.a, model.b)
    for place, by in enumerate(slope.gradient):
        step = 1e-5 * values[place]
        up, down = (
            BgNbd(*(v + (way if i == place else 0) for i, v in enumerate(values)))
            for way in (step, -step)
        )
        difference = (likelihood.at(up).value - likelihood.at(down).value) / (2 * step)
        assert by == pytest.approx(difference, rel=1e-4, abs=1e-4)


@given(
    st.builds(BgNbd, parameters, st.floats(1, 50), parameters, parameters),
    lives,
    st.floats(0.1, 50),
    st.floats(0.1, 50),
)
def test_expectations_grow_with_time_from_nothing(
    model: BgNbd, one: History, weeks: float, more: float
) -> None:
    sooner, later = model.expected(one, weeks), model.expected(one, weeks + more)
    assert 0 <= sooner <= later * (1 + 1e-6) + 1e-9
    assert 0 <= model.probability_alive(one) <= 1
    # Nobody is expected to buy more often than who never leaves.
    rate = (model.r + one.frequency) / (model.alpha + one.age)
    assert later <= rate * (weeks + more) * (1 + 1e-6) + 1e-9


def test_who_bought_once_is_alive_for_sure_and_least_expected() -> None:
    once, often = History(0, 0.0, 39.0), History(6, 30.0, 39.0)
    assert PUBLISHED.probability_alive(once) == 1 > PUBLISHED.probability_alive(often)
    assert PUBLISHED.expected(once, 39) < PUBLISHED.expected(often, 39)


def test_purchases_that_say_nothing_fit_nothing() -> None:
    with pytest.raises(Invalid) as refused:
        bgnbd_fitting.fit({History(0, 0.0, 10.0): 5})
    assert refused.value.code == "SCORES_NOT_FITTED"


def test_a_history_is_of_days_in_weeks_since_the_first() -> None:
    assert history([14, 0, 7, 700], until=21) == History(2, 2.0, 3.0)
    assert history([5], until=5) == History(0, 0.0, 0.0)
    assert history([22], until=21) is None


def test_worth_is_of_repeat_purchases_by_the_day_alone() -> None:
    spending = {"a": {0: 5.0, 3: 10.0, 9: 30.0, 99: 7.0}, "b": {1: 4.0}, "c": {1: 4.0, 2: 0.0}}
    assert list(all_repeats(spending, until=20)) == [Repeats(2, 20.0)]


def test_expected_worth_lies_between_a_customers_own_and_that_of_all() -> None:
    everybody = PUBLISHED_WORTH.expected(None)
    few = PUBLISHED_WORTH.expected(Repeats(1, 90.0))
    many = PUBLISHED_WORTH.expected(Repeats(9, 90.0))
    assert everybody is not None and few is not None and many is not None
    assert everybody < few < many < 90
    assert GammaGamma(6.0, 0.5, 15.0).expected(None) is None
