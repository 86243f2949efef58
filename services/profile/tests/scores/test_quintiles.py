"""Cut points are the shares of all who have at most as much, and stay when values come and go."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_profile.domain.scores.quintiles import (
    CutPoints,
    Quintiles,
    cut_points,
    declaration,
    quintile,
)
from hypothesis import given
from hypothesis import strategies as st

values = st.lists(st.integers(-4, 12), min_size=1, max_size=30)


@given(values, st.integers(-6, 14))
def test_a_value_is_ranked_by_the_share_that_had_at_most_as_much(
    of_all: list[int], value: int
) -> None:
    at_most = sum(one <= value for one in of_all)
    assert quintile(cut_points(of_all), value) == max(1, -(-5 * at_most // len(of_all)))


def test_where_most_are_equal_the_lowest_quintiles_are_empty() -> None:
    points = cut_points([1] * 6 + [2, 2, 3, 9])
    assert points == (1, 1, 2, 3)
    assert [quintile(points, value) for value in (0, 1, 2, 3, 9)] == [1, 3, 4, 5, 5]


_TRAIT = """
sources: {crm: {priority: 0}}
events: {order: {properties: {amount: {type: float, tag: financial}}}}
computed: {spent: {kind: quintile, of: monetary, event: order, property: amount, %stag: financial}}
"""


def test_cut_points_of_another_declaration_say_nothing_of_a_trait() -> None:
    (plain,), (windowed,) = (
        parse_catalog(_TRAIT % last, "c").computed.values() for last in ("", "last: 30 days, ")
    )
    cuts = CutPoints("spent", "monetary", declaration(plain), 9, (1, 2, 3, 4))
    quintiles = Quintiles("v", (cuts,))
    assert quintiles.of(plain) == cuts
    assert quintiles.of(windowed) is None


@pytest.mark.parametrize("of", ["recency", "monetary"])
def test_points_are_shown_in_their_own_unit(of: str) -> None:
    cuts = CutPoints("x", of, "", 9, (-30, -7, -1, 0))  # type: ignore[arg-type]
    assert cuts.shown == ((30, 7, 1, 0) if of == "recency" else (-30, -7, -1, 0))
