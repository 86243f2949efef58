"""A `same` says whether it joined the two, and what stands above it where it did not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.graph import identity_subgraphs
from c360_identity.graph.directory import CustomerLookup
from c360_identity.graph.saying_same import Hindrance, SaidSame, said_same
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    decided,
    feed,
    handler_of,
    record_key,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.evidence.model import pair_of
from c360_kernel.evidence.rules import Rules

RULES = Rules.of(TEST_CATALOG.identifiers)
ANN, BOB = upserted(1, "crm/1", "national_id:1 phone:1"), upserted(2, "web/2", "national_id:2")
CYD = upserted(3, "web/3", "phone:1")
SAME = decided(9, "same", "crm/1", "web/2", name="d")


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IdentityStore]:
    is_memory = request.param == "memory"
    made = MemoryIdentityStore(IDS) if is_memory else SqliteIdentityStore(tmp_path / "i.db", IDS)
    yield made
    await made.close()


async def said(store: IdentityStore, *entries: Any) -> SaidSame:
    pair = pair_of(record_key("crm/1"), record_key("web/2"))
    await feed(store, handler_of(TEST_CATALOG, RULES), [entries])
    return (await said_same(store, RULES, [pair]))[pair]


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([ANN, upserted(2, "web/2", "email:2"), SAME], SaidSame()),
        ([ANN, BOB, SAME], SaidSame(Hindrance.LIMIT, "national_id")),
        (
            [
                ANN, CYD, upserted(4, "web/2", "email:2"),
                decided(4, "same", "crm/1", "web/3", name="s"),
                decided(5, "not_same", "web/3", "web/2", name="n"), SAME,
            ],
            SaidSame(Hindrance.STEWARD),
        ),
        (
            [
                ANN, upserted(2, "web/2", "email:2"), SAME,
                decided(10, "not_same", "crm/1", "web/2", name="n"),
            ],
            SaidSame(Hindrance.OVERRULED),
        ),
        ([ANN, SAME], SaidSame(Hindrance.UNKNOWN)),
        ([ANN, BOB, upserted(3, "web/2", deleted=True), SAME], SaidSame(Hindrance.UNKNOWN)),
    ],
)  # fmt: skip
async def test_what_a_same_did_is_told(
    store: IdentityStore, entries: list[Any], told: SaidSame
) -> None:
    assert await said(store, *entries) == told


async def test_it_joins_when_what_stood_above_it_is_gone(store: IdentityStore) -> None:
    assert not (await said(store, ANN, BOB, SAME)).together
    assert (await said(store, upserted(20, "web/2", "email:2"))).together


@pytest.mark.parametrize("seed", range(20))
async def test_what_is_told_is_what_came_of_it(seed: int, tmp_path: Path) -> None:
    """Whatever the world, `together` is true of one customer, and an apart pair has a reason."""
    chance, store = Random(seed), SqliteIdentityStore(tmp_path / "i.db", IDS)
    keys = [f"crm/{n}" for n in range(8)]
    entries = [
        upserted(n + 1, key, f"national_id:{chance.randrange(3)} phone:{chance.randrange(3)}")
        for n, key in enumerate(keys)
    ]
    for n in range(8):
        a, b = chance.sample(keys, 2)
        entries.append(decided(20 + n, chance.choice(("same", "not_same")), a, b, name=f"{n}"))
    await feed(store, handler_of(TEST_CATALOG, RULES), [entries])
    records = await store.records([record_key(key) for key in keys])
    pairs = [pair_of(a, b) for a in records for b in records if a < b]
    for pair, told in (await said_same(store, RULES, pairs)).items():
        assert told.together == (records[pair[0]].seed == records[pair[1]].seed)
    await store.close()


async def test_the_gateway_is_told_of_each_two_in_their_order(store: IdentityStore) -> None:
    await said(store, ANN, BOB, CYD, SAME)
    directory = CustomerLookup(store, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS)
    subgraph = identity_subgraphs(TEST_CATALOG)(store, directory)
    query = """query($s: [String!]!, $k: [String!]!) {
      sameOutcomes(sources: $s, keys: $k) { together hindrance by } }"""
    asked = {"s": ["crm", "web", "web", "crm"], "k": ["1", "2", "3", "1"]}
    caller = CallerContext("tester", ("admin",))
    response: Any = await subgraph.execute(query, asked, None, caller)
    assert response["data"]["sameOutcomes"] == [
        {"together": False, "hindrance": "LIMIT", "by": "national_id"},
        {"together": True, "hindrance": "", "by": ""},
    ]
    response = await subgraph.execute(query, {"s": ["crm"], "k": ["1"]}, None, caller)
    assert response["errors"][0]["extensions"]["code"] == "ARGUMENTS_UNEQUAL"
