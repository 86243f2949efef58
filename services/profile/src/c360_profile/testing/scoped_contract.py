"""What the readers of every ProfileStore do under a scope. Subclass this and give the `store`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from c360_kernel.conditions.tree import (
    EVERYBODY,
    NOBODY,
    All,
    AnyOf,
    Not,
    ValueCondition,
    ValueTest,
)
from c360_kernel.record import RecordKey
from c360_kernel.scope import Scope

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order, Orders, Place, Window
from c360_profile.domain.revision import Revision
from c360_profile.store.port import Archived, ProfileReader, ProfileStore
from c360_profile.store.scoped import within
from c360_profile.testing.contract import (
    belonging_to,
    event,
    save_customers,
    save_records,
)
from c360_profile.testing.entries import stamp

NORTH = ValueTest("city", "equals", "north")
"""The scope: its customers are n1, n2 and n3."""
_PEOPLE = {"n1": 1, "s1": 2, "n2": 3, "s2": 4, "n3": 5}
_RECORDS = {id_: RecordKey("crm", id_) for id_ in _PEOPLE}
_FORMER = RecordKey("web", "moved")


async def fill(store: ProfileStore) -> None:
    """Customers of the north and the south, each with a record, a revision and an event."""
    people = [
        Customer(id_, 1, {"city": "north" if id_ < "o" else "south", "points": points})
        for id_, points in _PEOPLE.items()
    ]
    await save_customers(store, *people, Customer("s3", 1, {"points": 6}))
    await save_customers(store, Customer("n9", 1, {"city": "north"}, ended=True))
    await save_records(store, *(belonging_to(id_, key) for id_, key in _RECORDS.items()))
    await save_records(store, belonging_to("s1", _FORMER, "n1"), belonging_to("", _nobodys()))
    async with store.unit() as unit:
        await unit.keep_events([event(key, id_, 1) for id_, key in _RECORDS.items()])
        await unit.keep_events([event(_FORMER, "moved", 2)])
        revisions = [Revision(1, stamp(1), 1, content="61")]
        await unit.archive([Archived(key, one) for key in _RECORDS.values() for one in revisions])


def _nobodys() -> RecordKey:
    return RecordKey("crm", "nobody's")


async def _ids(reader: ProfileReader, query: CustomerQuery, limit: int = 100) -> list[str]:
    return [customer.id for customer in await reader.page(query, limit)]


class ScopedReadingContract:
    """The suite. Override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    async def test_everybody_is_whom_the_store_tells_of(self, store: ProfileStore) -> None:
        await fill(store)
        assert within(store, EVERYBODY) is store
        assert await _ids(store, CustomerQuery()) == ["n1", "n2", "n3", "s1", "s2", "s3"]

    @pytest.mark.parametrize("from_end", [False, True])
    @pytest.mark.parametrize(
        "orders", [(), (Order("points"),), (Order("points", descending=True),)]
    )
    async def test_pages_are_as_full_as_if_nobody_else_were_there(
        self, store: ProfileStore, orders: Orders, from_end: bool
    ) -> None:
        await fill(store)
        reader = within(store, NORTH)
        expected = ["n3", "n2", "n1"] if orders and orders[0].descending else ["n1", "n2", "n3"]
        query = CustomerQuery(orders=orders, from_end=from_end)
        assert await _ids(reader, query, 2) == (expected[-2:] if from_end else expected[:2])
        beyond = Place((3,) if orders else (), "n2")
        assert await _ids(reader, CustomerQuery(orders=orders, after=beyond)) == expected[2:]

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            (EVERYBODY, "123"),
            (NOBODY, ""),
            (ValueTest("points", "at_least", 3), "23"),
            (Not(ValueTest("points", "at_least", 3)), "1"),
            (AnyOf((ValueTest("city", "equals", "south"), ValueTest("points", "equals", 5))), "3"),
            (Not(NORTH), ""),
            (AnyOf((EVERYBODY, NORTH)), "123"),
        ],
    )
    async def test_no_condition_leads_out_of_a_scope(
        self, store: ProfileStore, condition: ValueCondition, found: str
    ) -> None:
        await fill(store)
        reader = within(store, NORTH)
        assert await _ids(reader, CustomerQuery(condition)) == [f"n{digit}" for digit in found]
        assert await reader.count(condition) == len(found)
        assert set(await reader.matching(condition)) == {f"n{digit}" for digit in found}

    async def test_who_is_left_out_looks_like_nobody(self, store: ProfileStore) -> None:
        await fill(store)
        hidden, unknown = ["s1", "s2", "s3", "n9"], ["x1", "x2"]
        keys = [_RECORDS["s1"], _RECORDS["s2"], _FORMER, _nobodys()]
        for requests, named in ((hidden, keys), (unknown, [RecordKey("crm", "x")])):
            assert await _all_of(within(store, NORTH), requests, named) == [{}] * 5

    async def test_who_is_in_it_is_told_of_as_ever(self, store: ProfileStore) -> None:
        await fill(store)
        ids, keys = ["n1", "n2", "n3"], [_RECORDS["n1"], _RECORDS["n3"]]
        everything = await _all_of(store, ids, keys)
        assert all(everything)
        assert await _all_of(within(store, NORTH), ids, keys) == everything
        mixed = [*ids, "s1", "x1"], [*keys, _FORMER, _RECORDS["s2"]]
        assert await _all_of(within(store, NORTH), *mixed) == everything

    async def test_a_page_and_a_look_up_agree(self, store: ProfileStore) -> None:
        await fill(store)
        reader = within(store, All((NORTH, ValueTest("points", "less_than", 5))))
        page = await _ids(reader, CustomerQuery())
        assert sorted(await reader.timeline(list(_PEOPLE), Window())) == page == ["n1", "n2"]
        assert sorted(await reader.linked(list(_PEOPLE))) == page

    async def test_whoever_is_moved_out_is_gone_from_the_next_operation(
        self, store: ProfileStore
    ) -> None:
        await fill(store)
        await save_customers(store, Customer("n1", 2, {"city": "south", "points": 1}))
        reader = within(store, NORTH)
        assert await _ids(reader, CustomerQuery()) == ["n2", "n3"]
        assert await reader.customers(["n1"]) == {}
        assert await reader.records([_RECORDS["n1"]]) == {}

    @pytest.mark.parametrize("scope", [NOBODY, ValueTest("city", "equals", "east")])
    async def test_a_scope_of_nobody(self, store: ProfileStore, scope: Scope) -> None:
        await fill(store)
        reader = within(store, scope)
        assert await _ids(reader, CustomerQuery()) == []
        assert await reader.count(EVERYBODY) == 0
        assert await _all_of(reader, list(_PEOPLE), list(_RECORDS.values())) == [{}] * 5


async def _all_of(
    reader: ProfileReader, ids: Sequence[str], keys: Collection[RecordKey]
) -> list[object]:
    """All that is told of these customers and records, by name."""
    linked = await reader.linked(ids)
    return [
        await reader.customers(ids),
        {id_: sorted(str(one.key) for one in records) for id_, records in linked.items()},
        await reader.timeline(ids, Window()),
        await reader.records(keys),
        await reader.revisions(keys),
    ]
