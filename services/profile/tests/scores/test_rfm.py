"""Quintiles of buyers: equal values are equal, and a quintile is a share of all."""

from __future__ import annotations

from c360_profile.domain.scores.history import spent_on_day
from c360_profile.domain.scores.rfm import Buying, Rfm, buying, quintiles, rfm
from hypothesis import given
from hypothesis import strategies as st

values = st.lists(st.integers(-4, 12), min_size=1, max_size=20).map(
    lambda given: {f"c{place}": float(value) for place, value in enumerate(given)}
)


@given(values)
def test_a_quintile_is_the_share_of_those_who_have_at_most_as_much(
    given_values: dict[str, float],
) -> None:
    found = quintiles(given_values)
    count = len(given_values)
    for name, value in given_values.items():
        at_most = sum(other <= value for other in given_values.values())
        assert 1 <= found[name] <= 5
        assert found[name] - 1 < 5 * at_most / count <= found[name] + 1e-12
    assert found[max(given_values, key=given_values.__getitem__)] == 5


@given(values)
def test_the_order_of_customers_does_not_matter(given_values: dict[str, float]) -> None:
    names = sorted(given_values, reverse=True)
    assert quintiles({name: given_values[name] for name in names}) == quintiles(given_values)


def test_what_a_day_comes_to_does_not_depend_on_the_order_of_its_purchases() -> None:
    assert spent_on_day([0.1, 0.2, 0.3]) == spent_on_day([0.3, 0.2, 0.1])


def test_what_no_number_holds_is_ranked_by_nothing() -> None:
    purchases = {"all": {1: spent_on_day([1e308, 1e308]), 2: 1.0}, "one": {1: 5.0}}
    assert rfm(purchases, None, 2) == {"all": Rfm(5, 5, None), "one": Rfm(3, 3, 5)}


def test_only_buyers_of_the_window_are_scored() -> None:
    purchases = {
        "recent": {10: 5.0, 30: 5.0, 31: 10.0},
        "returned": {20: 40.0, 21: -35.0},
        "once": {25: 8.0},
        "before": {1: 900.0},
        "after": {90: 900.0},
    }
    found = rfm(purchases, since=10, until=31)
    assert found == {
        "recent": Rfm(5, 5, 5),
        "returned": Rfm(2, 4, 2),
        "once": Rfm(4, 2, 4),
    }
    assert buying(purchases["returned"], 10, 31) == Buying(10, 2, 5.0)
