"""Who is in a scope: asked once, and nobody of whom nothing is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from c360_kernel.conditions.tree import EVERYBODY, Values, ValueTest
from c360_kernel.scope import NOTHING_KNOWN, ScopeValues, Visible
from hypothesis import given
from hypothesis import strategies as st

CUSTOMERS = "abcdef"
IN_BONN = ValueTest("city", "equals", "Bonn")


class Kept(ScopeValues):
    """Values of some customers; notes whom it was asked about."""

    def __init__(self, cities: Mapping[str, str]) -> None:
        self.cities = cities
        self.reads: list[str] = []

    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        self.reads += customers
        return {one: {"city": self.cities[one]} for one in customers if one in self.cities}


@given(
    cities=st.dictionaries(st.sampled_from(CUSTOMERS), st.sampled_from(["Bonn", "Ulm"])),
    questions=st.lists(st.lists(st.sampled_from(CUSTOMERS), unique=True), max_size=5),
)
async def test_those_are_seen_whose_values_are_in_the_scope(
    cities: dict[str, str], questions: list[list[str]]
) -> None:
    values = Kept(cities)
    visible = Visible(IN_BONN, values)
    for customers in questions:
        seen = await visible.among(customers)
        assert seen == {one for one in customers if cities.get(one) == "Bonn"}
    assert sorted(values.reads) == sorted({one for some in questions for one in some})


async def test_who_was_found_in_the_scope_is_not_asked_about_again() -> None:
    values = Kept({})
    visible = Visible(IN_BONN, values)
    visible.note("ab")
    assert await visible.among("ab") == {"a", "b"}
    assert values.reads == []
    assert await visible.among("abc") == {"a", "b"}
    assert values.reads == ["c"]


@pytest.mark.parametrize("scope", [EVERYBODY, IN_BONN, ValueTest("city", "not_equals", "Bonn")])
async def test_nobody_is_seen_of_whom_nothing_is_known(scope: ValueTest) -> None:
    assert await Visible(scope, NOTHING_KNOWN).among(CUSTOMERS) == frozenset()
