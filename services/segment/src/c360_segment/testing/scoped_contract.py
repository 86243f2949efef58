"""What the readers of every SegmentStore do under a scope. Subclass it and give `open_store`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from c360_kernel.conditions.tree import (
    EVERYBODY,
    NOBODY,
    All,
    Not,
    ValueCondition,
    ValueTest,
)
from c360_kernel.testing.truth_table import TruthTable
from c360_kernel.version import Version
from pyroaring import FrozenBitMap

from c360_segment.domain.state import Membership, ProfileState
from c360_segment.store.port import Changes, SegmentReader, SegmentStore
from c360_segment.store.scoped import within
from c360_segment.testing.contract import OpenStore

NORTH = ValueTest("city", "equals", "north")
"""The scope: its customers are n1 and n2."""
_CITIES = {"n1": "north", "s1": "south", "n2": "north", "s2": "south"}
_MEMBER = Membership(True, Version(0, 0))


async def fill(store: SegmentStore) -> None:
    """Members of the north and the south, one without a city, one ended, one not heard of."""
    profiles = {c: ProfileState(Version(0, 0), True, {"city": v}) for c, v in _CITIES.items()}
    profiles["t1"] = ProfileState(Version(0, 0), True, {})
    profiles["n9"] = ProfileState(Version(0, 0), False, {"city": "north"})
    async with store.unit() as unit:
        await unit.save(Changes(profiles=profiles))
        await unit.keep_memberships({(c, "all"): _MEMBER for c in (*_CITIES, "t1", "unheard")})
        await unit.keep_memberships({("s1", "some"): _MEMBER})


async def names(reader: SegmentReader, segment: str) -> list[str]:
    """The members of a segment."""
    return sorted(await reader.customers_of(await reader.members(segment)))


class ScopedReadingContract:
    """The suite."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Open the store under test."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[SegmentStore]:
        """The store under test, closed after the test."""
        store = open_store()
        yield store
        await store.close()

    async def test_everybody_is_whom_the_store_tells_of(self, store: SegmentStore) -> None:
        await fill(store)
        assert within(store, EVERYBODY) is store
        assert await names(store, "all") == ["n1", "n2", "s1", "s2", "t1", "unheard"]

    async def test_members_are_those_in_the_scope(self, store: SegmentStore) -> None:
        await fill(store)
        reader = within(store, NORTH)
        assert await names(reader, "all") == ["n1", "n2"]
        assert await names(reader, "some") == await names(reader, "unknown") == []

    async def test_of_whom_nothing_is_known_is_in_no_scope(self, store: SegmentStore) -> None:
        await fill(store)
        reader = within(store, Not(NORTH))
        assert await names(reader, "all") == ["s1", "s2", "t1"]
        assert await reader.segments_of(["unheard", "n9"]) == {}

    async def test_who_is_left_out_looks_like_nobody(self, store: SegmentStore) -> None:
        await fill(store)
        reader = within(store, NORTH)
        for requests in (["s1", "t1", "unheard", "n9"], ["x1"]):
            assert await reader.segments_of(requests) == {}
            assert await reader.values_of(requests) == {}
            assert await reader.known(requests, ["bought"]) == {}
        found = await reader.segments_of(["s1", "n1", "n2"])
        assert found == {"n1": frozenset({"all"}), "n2": frozenset({"all"})}

    async def test_no_condition_leads_out_of_a_scope(self, store: SegmentStore) -> None:
        await fill(store)
        reader = within(store, NORTH)
        for condition in (EVERYBODY, NORTH):
            found = await reader.customers_of(await reader.meeting(condition))
            assert sorted(found) == ["n1", "n2"]
        assert await reader.meeting(Not(NORTH)) == await reader.meeting(NOBODY) == FrozenBitMap()


async def assert_agrees_with_the_table(store: SegmentStore, table: TruthTable) -> None:
    """Every test of the truth table, of customers with its values in an empty store."""
    people = {f"c{n:02}": held for n, held in enumerate(table.held)}
    profiles = {c: ProfileState(Version(0, 0), True, held) for c, held in people.items()}
    async with store.unit() as unit:
        await unit.save(Changes(profiles=profiles))
    for test, verdicts in table.tests:
        expected = [c for c, one in zip(people, verdicts, strict=True) if one]
        assert await _found(store, test) == expected
        assert await _found(store, Not(test)) == sorted(people.keys() - set(expected))
        assert await _found(store, All((test, Not(test)))) == []


async def _found(store: SegmentStore, condition: ValueCondition) -> list[str]:
    return sorted(await store.customers_of(await store.meeting(condition)))
