"""What a person carries holds for a time: from when on and until when, as sources observed it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from c360_identity.domain.evidence import EvidenceEdge
from c360_identity.graph.answers import EvidenceAnswers
from c360_identity.graph.directory import CustomerLookup
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    record_key,
    rules_of,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.record import RecordKey

RULES = rules_of(TEST_CATALOG, crowd=6, people=4)
HANDLER = handler_of(TEST_CATALOG, RULES)
OLD, CALL, NEW, ORDER = (record_key(f"crm/{one}") for one in ("old", "call", "new", "order"))


async def fed(entries: Sequence[Any]) -> MemoryIdentityStore:
    store = MemoryIdentityStore(IDS)
    for entry in entries:
        await feed(store, HANDLER, [[entry]])
    return store


def seeds_of(store: MemoryIdentityStore) -> dict[RecordKey, RecordKey | None]:
    return {key: record.seed for key, record in store.state.records.items()}


async def edges_of(store: MemoryIdentityStore, seed: RecordKey) -> dict[str, EvidenceEdge]:
    """By record and type, of a customer."""
    found = (await EvidenceAnswers(store, RULES).of_customers([seed]))[seed]
    return {f"{one.record.key} {one.rule}": one for one in found.edges}


def handed_over(strong: str) -> list[Any]:
    """Whoever is seen with the number between the two owners is like the first of them."""
    return [
        upserted(4, "crm/old", f"{strong}:1 phone:1", observed_at=2012),
        upserted(2, "crm/call", "phone:1", observed_at=2015),
        upserted(1, "crm/new", f"{strong}:2 phone:1", observed_at=2020),
        tracked(3, "crm/order", "m1", "phone:1", occurred_at=2026),
    ]


@pytest.mark.parametrize("strong", ["national_id", "unionid", "account"])
async def test_a_number_goes_by_when_it_was_observed_not_by_when_that_came_in(strong: str) -> None:
    facts = handed_over(strong)
    for order in permutations(facts):
        seeds = seeds_of(await fed(order))
        assert seeds[OLD] == seeds[CALL] != seeds[NEW] == seeds[ORDER]


async def test_late_news_of_an_older_time_moves_who_was_seen_meanwhile() -> None:
    first, call, *_ = handed_over("account")
    earlier = upserted(9, "crm/new", "account:2 phone:1", observed_at=2014, revision=1)
    later = upserted(5, "crm/new", "account:2 phone:1", observed_at=2020, revision=2)
    store = await fed([first, call, later])
    assert seeds_of(store)[CALL] == seeds_of(store)[OLD]
    await feed(store, HANDLER, [[earlier]])
    assert seeds_of(store)[CALL] == seeds_of(store)[NEW]


async def test_an_edge_tells_from_when_and_until_when() -> None:
    store = await fed(handed_over("account"))
    seeds = seeds_of(store)
    edges = {
        n: e for one in (OLD, NEW) for n, e in (await edges_of(store, seeds[one] or one)).items()
    }
    told = {name: (one.observed, one.until) for name, one in edges.items()}
    assert told == {
        "old account": (2012, None),
        "old phone": (2012, 2020),
        "call phone": (2015, 2020),
        "new account": (2020, None),
        "new phone": (2020, None),
        "order phone": (2026, None),
    }


async def test_a_step_of_a_path_holds_since_both_sides_do() -> None:
    answers = EvidenceAnswers(await fed(handed_over("account")), RULES)
    found = await answers.explanation(OLD, CALL, 9)
    assert found is not None
    ((step,),) = found.paths.found
    assert (step.rule, step.observed) == ("phone", 2015)


async def test_what_a_source_leaves_out_ends_when_it_does() -> None:
    store = await fed(
        [
            upserted(1, "crm/old", "account:1 phone:1", observed_at=2012),
            upserted(2, "crm/old", "account:1", observed_at=2019),
        ]
    )
    edges = await edges_of(store, OLD)
    assert (edges["old phone"].observed, edges["old phone"].until) == (2012, 2019)
    assert edges["old account"].until is None
    await feed(store, HANDLER, [[upserted(3, "crm/old", "account:1 phone:1", observed_at=2021)]])
    edges = await edges_of(store, OLD)
    assert (edges["old phone"].observed, edges["old phone"].until) == (2012, None)


async def test_who_shares_a_number_hands_nothing_over() -> None:
    """Nothing of the caller tells the two apart."""
    store = await fed(
        [
            upserted(1, "crm/old", "account:1 phone:1", observed_at=2012),
            upserted(2, "crm/call", "phone:1 email:1", observed_at=2015),
        ]
    )
    assert {one.until for one in (await edges_of(store, OLD)).values()} == {None}


async def test_of_three_owners_each_has_it_until_the_next() -> None:
    years = {"crm/old": 2010, "crm/new": 2015, "crm/order": 2020}
    store = await fed(
        [
            upserted(n, key, f"account:{n} email:1", observed_at=year)
            for n, (key, year) in enumerate(years.items(), start=1)
        ]
    )
    ends = [(await edges_of(store, record_key(key))) for key in years]
    assert [
        edges[f"{key.removeprefix('crm/')} email"].until
        for key, edges in zip(years, ends, strict=True)
    ] == [2015, 2020, None]


@pytest.mark.parametrize(("gone", "owner"), [("crm/call", OLD), ("crm/order", NEW)])
async def test_an_id_of_a_deleted_record_stands_for_who_had_the_number_then(
    gone: str, owner: RecordKey
) -> None:
    store = await fed([*handed_over("account"), upserted(9, gone, revision=9, deleted=True)])
    lookup = CustomerLookup(store, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS)
    found = await lookup.by_id([IDS(record_key(gone))])
    assert found == {IDS(record_key(gone)): seeds_of(store)[owner]}
