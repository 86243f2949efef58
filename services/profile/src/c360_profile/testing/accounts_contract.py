"""By whom they act for every ProfileStore finds customers. Subclass this and give the `store`."""

from __future__ import annotations

import pytest
from c360_kernel.conditions.facts import Acting
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest
from c360_kernel.record import RecordKey

from c360_profile.domain.ordering import place_of
from c360_profile.domain.query import CustomerQuery, Order
from c360_profile.store.port import ProfileStore
from c360_profile.testing.accounts import acting, consume, counted_as, described, linked
from c360_profile.testing.contract import ids
from c360_profile.testing.entries import assigned, upserted

_ANN, _BOB, _CAT, _DAN = (RecordKey("web", name) for name in ("ann", "bob", "cat", "dan"))
_TEA, _ERP_TEA, _INK = RecordKey("crm", "tea"), RecordKey("erp", "7/1"), RecordKey("crm", "ink")
_NOBODYS = RecordKey("crm", "lost")
_NOW = 1_000


async def _fill(store: ProfileStore) -> None:
    """Ann decides at the tea house, Bob left it, Cat buys at the ink maker, Dan acts for none."""
    people = {_ANN: "c1", _BOB: "c2", _CAT: "c3", _DAN: "c4"}
    names = enumerate(people, 1)
    await consume(
        store,
        *(upserted(key, {"name": key.key, "city": "AB"[at % 2]}, at=at) for at, key in names),
        *(assigned(key, customer, at=10) for key, customer in people.items()),
        described(_TEA, {"industry": "tea", "markets": ("CN",)}, at=20),
        described(_ERP_TEA, {"industry": "drinks", "employees": 40, "markets": ("DE",)}, at=21),
        described(_INK, {"industry": "ink", "employees": 2**40}, at=22),
        counted_as(_TEA, "a1", at=30, comes_to={"orders": 3}),
        counted_as(_ERP_TEA, "a1", at=30),
        counted_as(_INK, "a2", at=30),
        linked("1", _ANN, _TEA, at=40, kind="decision", role="user"),
        linked("2", _BOB, _ERP_TEA, at=41, role="buyer", since=100, until=500),
        linked("3", _CAT, _INK, at=42, role="buyer", since=_NOW),
        linked("4", _CAT, _TEA, at=43, kind="owner", until=_NOW),
        linked("5", _DAN, _NOBODYS, at=44),
    )


def _where(name: str, operator: str, wanted: object = None) -> Acting:
    return Acting(_NOW, where=ValueTest(name, operator, wanted))  # type: ignore[arg-type]


_ASKED = [
    (Acting(_NOW), "13"),
    (Acting(_NOW - 1), "13"),
    (Acting(100), "123"),
    (Acting(499, role="buyer"), "2"),
    (Acting(500, role="buyer"), ""),
    (Acting(_NOW, kind="decision"), "1"),
    (Acting(_NOW, kind="member"), "3"),
    (Acting(_NOW - 1, kind="owner"), "3"),
    (Acting(_NOW, kind="member", role="user"), ""),
    (Acting(_NOW, account="a1"), "1"),
    (Acting(_NOW, account="none"), ""),
    (Acting(_NOW, record=str(_ERP_TEA)), "1"),
    (Acting(_NOW, record=str(_NOBODYS)), ""),
    (Acting(_NOW, record="erp/none"), ""),
    (_where("industry", "equals", "tea"), "1"),
    (_where("industry", "equals", "drinks"), ""),
    (_where("industry", "in", ("tea", "ink")), "13"),
    (_where("industry", "not_equals", "tea"), "3"),
    (_where("industry", "starts_with", "i"), "3"),
    (_where("industry", "contains", "e"), "1"),
    (_where("employees", "at_least", 40), "13"),
    (_where("employees", "greater_than", 2**40 - 1), "3"),
    (_where("markets", "contains", "DE"), "1"),
    (_where("markets", "missing"), "3"),
    (_where("orders", "at_least", 3), "1"),
    (_where("orders", "missing"), "3"),
    (Acting(_NOW, account="a1", where=ValueTest("industry", "equals", "ink")), ""),
    (Acting(_NOW, where=Not(ValueTest("industry", "equals", "ink"))), "1"),
    (Acting(_NOW, where=AnyOf()), ""),
]


class AccountsContract:
    """The suite. Override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    async def test_customers_are_found_by_whom_they_act_for(self, store: ProfileStore) -> None:
        await _fill(store)
        for asked, found in _ASKED:
            await self._assert_finds(store, acting(asked), found)
            rest = "".join(one for one in "1234" if one not in found)
            await self._assert_finds(store, Not(acting(asked)), rest)

    async def test_links_stand_beside_traits(self, store: ProfileStore) -> None:
        await _fill(store)
        in_b = ValueTest("city", "equals", "B")
        acts, ink = acting(Acting(_NOW)), acting(Acting(_NOW, account="a2"))
        await self._assert_finds(store, All((acts, in_b)), "13")
        await self._assert_finds(store, All((acts, Not(in_b))), "")
        await self._assert_finds(store, All((acts, ink)), "3")
        await self._assert_finds(store, AnyOf((ink, Not(in_b))), "234")

    async def test_pages_go_on_from_a_place(self, store: ProfileStore) -> None:
        await _fill(store)
        acts = acting(Acting(_NOW))
        for orders in ((), (Order("name", True),), (Order("city"), Order("name"))):
            query = CustomerQuery(acts, orders)
            first, second = await store.page(query, 9)
            after = CustomerQuery(acts, orders, after=place_of(first, orders))
            assert await ids(store, after) == [second.id]
            before = CustomerQuery(acts, orders, before=place_of(second, orders), from_end=True)
            assert await ids(store, before) == [first.id]

    async def test_a_merge_of_customers_is_taken_back(self, store: ProfileStore) -> None:
        await _fill(store)
        before = await store.digest()
        ink = acting(Acting(_NOW, account="a2"))
        await consume(store, assigned(_CAT, "c4", at=50, counter=2, left="c3"))
        await self._assert_finds(store, ink, "4")
        await consume(store, assigned(_CAT, "c3", at=51, counter=3, left="c4"))
        await self._assert_finds(store, ink, "3")
        assert await store.digest() == before

    async def test_who_is_deleted_acts_for_nobody(self, store: ProfileStore) -> None:
        await _fill(store)
        await consume(store, upserted(_ANN, at=50, revision=2, deleted=True))
        await self._assert_finds(store, acting(Acting(_NOW)), "3")

    async def test_a_merge_of_accounts_is_taken_back(self, store: ProfileStore) -> None:
        await _fill(store)
        before = await store.digest()
        tea = acting(_where("industry", "equals", "tea"))
        await consume(store, counted_as(_INK, "a1", at=50, counter=2))
        await self._assert_finds(store, tea, "")
        await self._assert_finds(store, acting(_where("industry", "equals", "ink")), "13")
        await self._assert_finds(store, acting(Acting(_NOW, account="a2")), "")
        assert await store.account_ids("", 9) == ["a1"]
        await consume(store, counted_as(_INK, "a2", at=51, counter=3))
        await self._assert_finds(store, tea, "1")
        assert await store.account_ids("", 1) == ["a1"]
        assert await store.account_ids("a1", 9) == ["a2"]
        assert await store.digest() == before

    async def test_an_account_is_what_is_said_of_it_last(self, store: ProfileStore) -> None:
        await _fill(store)
        tea = acting(_where("industry", "equals", "tea"))
        await consume(store, described(_TEA, {"industry": "coffee"}, at=60, revision=2))
        await self._assert_finds(store, tea, "")
        await consume(store, described(_TEA, at=61, revision=3, deleted=True))
        await self._assert_finds(store, acting(_where("industry", "equals", "drinks")), "1")
        await consume(store, counted_as(_TEA, "", at=62, counter=2))
        await self._assert_finds(store, acting(Acting(_NOW)), "3")

    async def test_a_link_is_what_is_said_of_it_last(self, store: ProfileStore) -> None:
        await _fill(store)
        ink = acting(Acting(_NOW, account="a2"))
        moved = linked("3", _DAN, _INK, at=70, role="buyer", revision=3)
        older = linked("3", _BOB, _INK, at=71, revision=2)
        await consume(store, moved)
        await consume(store, older)
        await self._assert_finds(store, ink, "4")
        gone = linked("3", _DAN, _INK, at=72, revision=4, deleted=True)
        await consume(store, gone)
        await self._assert_finds(store, ink, "")
        said = (await store.accounts_kept()).links[RecordKey("crm", "3")]
        assert [one.link for one in said] == [None]

    async def test_what_comes_before_its_other_side_waits(self, store: ProfileStore) -> None:
        await consume(store, linked("1", _ANN, _TEA, at=1))
        await consume(store, described(_TEA, {"industry": "tea"}, at=2))
        await consume(store, counted_as(_TEA, "a1", at=3))
        await self._assert_finds(store, acting(Acting(_NOW)), "")
        await consume(store, upserted(_ANN, {"name": "ann"}, at=4), assigned(_ANN, "c1", at=5))
        await self._assert_finds(store, acting(_where("industry", "equals", "tea")), "1")

    async def test_a_unit_reads_what_it_keeps(self, store: ProfileStore) -> None:
        await _fill(store)
        async with store.unit() as unit:
            records = await unit.account_records([_INK, _NOBODYS])
            assert records.keys() == {_INK}
            await unit.keep_account_records({_INK: records[_INK]._replace(account="a1")})
            found = await unit.records_of_accounts(["a1", "a2"])
            assert {id_: set(own) for id_, own in found.items()} == {"a1": {_TEA, _ERP_TEA, _INK}}
            links = await unit.links([RecordKey("crm", "1"), RecordKey("crm", "none")])
            assert set(links) == {RecordKey("crm", "1")}

    async def test_digests_are_of_links_and_accounts_too(self, store: ProfileStore) -> None:
        digests = [await store.digest()]
        for entry in (
            linked("1", _ANN, _TEA, at=1),
            counted_as(_TEA, "a1", at=2),
            described(_TEA, {"industry": "tea"}, at=3),
            linked("1", _ANN, _TEA, at=4, revision=2, role="user"),
        ):
            await consume(store, entry)
            digests.append(await store.digest())
        assert len(set(digests)) == len(digests)

    async def _assert_finds(
        self, store: ProfileStore, condition: ValueCondition, found: str
    ) -> None:
        wanted = [f"c{one}" for one in found]
        for orders in ((), (Order("name"),)):
            assert await ids(store, CustomerQuery(condition, orders)) == wanted, condition
        assert await store.count(condition) == len(wanted)
        assert sorted(await store.matching(condition)) == wanted
