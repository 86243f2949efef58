"""By which facts every ProfileStore finds customers. Subclass this and give the `store`."""

from __future__ import annotations

import pytest
from c360_kernel.conditions.facts import SOURCES, consent_fact
from c360_kernel.conditions.operators import Operator, Wanted
from c360_kernel.conditions.tree import Not, ValueTest

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order
from c360_profile.store.port import ProfileStore
from c360_profile.testing.contract import ids, save_customers

_ADS = consent_fact("personal-ads")
_STATUSES = {"c1": "granted", "c2": "denied", "c3": "withdrawn", "c4": "expired", "c5": "granted"}
_EVERYBODY = ("c1", "c2", "c3", "c4", "c5", "c6", "c7")


async def _fill(store: ProfileStore) -> None:
    """Five who answered, one who answered something else, one who never did; one has ended."""
    people = [
        Customer(id_, 1, {"points": -int(id_[1])}, consents={"personal-ads": status, "other": "x"})
        for id_, status in _STATUSES.items()
    ]
    other = Customer("c6", 1, {"points": 0}, consents={"other": "granted"})
    # A trait may be called as a purpose is.
    silent = Customer("c7", 1, {"points": 0, "personal-ads": "granted"})
    await save_customers(store, *people, other, silent, Customer("c8", 1, ended=True))


class FactsContract:
    """The suite. Override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("operator", "wanted", "found"),
        [
            ("equals", "granted", "15"),
            ("equals", "grant", ""),
            ("equals", 1, ""),
            ("equals", ("granted",), ""),
            ("not_equals", "granted", "23467"),
            ("in", ("denied", "withdrawn"), "23"),
            ("in", (), ""),
            ("exists", None, "12345"),
            ("missing", None, "67"),
            ("contains", "draw", "3"),
            ("starts_with", "g", "15"),
            ("at_least", "expired", "1345"),
        ],
    )
    async def test_consents_are_compared_as_any_value_is(
        self, store: ProfileStore, operator: Operator, wanted: Wanted, found: str
    ) -> None:
        await _fill(store)
        condition = ValueTest(_ADS, operator, wanted)
        expected = [f"c{digit}" for digit in found]
        others = [one for one in _EVERYBODY if one not in expected]
        for asked, whom in ((condition, expected), (Not(condition), others)):
            assert await ids(store, CustomerQuery(asked)) == whom
            assert await ids(store, CustomerQuery(asked, after=None), 2) == whom[:2]
            assert await store.count(asked) == len(whom)
            assert sorted(await store.matching(asked)) == whom

    @pytest.mark.parametrize(
        ("operator", "wanted", "found"),
        [
            ("contains", "crm", "12"),
            ("contains", "web", "23"),
            ("contains", "we", ""),
            ("contains", 1, ""),
            ("equals", "crm", ""),
            ("equals", ("crm", "web"), "2"),
            ("in", ("crm", "web"), ""),
            ("exists", None, "123"),
            ("missing", None, "4"),
            ("starts_with", "crm", ""),
        ],
    )
    async def test_sources_are_a_list_of_texts(
        self, store: ProfileStore, operator: Operator, wanted: Wanted, found: str
    ) -> None:
        known_from = {"c1": ("crm",), "c2": ("crm", "web"), "c3": ("web",), "c4": ()}
        people = [Customer(id_, 1, {"sources": "crm"}, sources=s) for id_, s in known_from.items()]
        await save_customers(store, *people, Customer("c5", 1, ended=True))
        condition = ValueTest(SOURCES, operator, wanted)
        expected = [f"c{digit}" for digit in found]
        others = [one for one in known_from if one not in expected]
        for asked, whom in ((condition, expected), (Not(condition), others)):
            assert await ids(store, CustomerQuery(asked)) == whom
            assert await store.count(asked) == len(whom)
            assert sorted(await store.matching(asked)) == whom
        assert (await store.customers(["c2"]))["c2"].sources == ("crm", "web")

    async def test_a_list_by_consent_is_sorted_by_traits(self, store: ProfileStore) -> None:
        await _fill(store)
        query = CustomerQuery(ValueTest(_ADS, "equals", "granted"), (Order("points"),))
        assert await ids(store, query) == ["c5", "c1"]

    async def test_what_holds_now_is_found_and_nothing_of_before(self, store: ProfileStore) -> None:
        await _fill(store)
        for counter, consents in ((2, {"personal-ads": "withdrawn"}), (3, dict[str, str]())):
            await save_customers(store, Customer("c1", counter, {}, consents=consents))
            withdrawn = ["c1", "c3"] if consents else ["c3"]
            for status, whom in (("granted", ["c5"]), ("withdrawn", withdrawn)):
                assert await ids(store, CustomerQuery(ValueTest(_ADS, "equals", status))) == whom
        await save_customers(store, Customer("c5", 2, ended=True))
        assert await store.count(ValueTest(_ADS, "equals", "granted")) == 0
