"""The law of order neutrality, and that incremental work equals one full solve."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from c360_identity.domain.rulings import rulings
from c360_identity.domain.solver import Edge, Evidence, over_limit, solve
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    decided,
    feed,
    handler_of,
    rules_of,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.log.entry import Entry
from c360_kernel.record import RecordKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RECORDS = [f"{source}/{n}" for source in ("crm", "web") for n in range(5)]
IDENTIFIERS = [
    *("national_id:1", "national_id:2", "unionid:1", "unionid:2"),
    *("phone:1", "phone:2", "phone:3", "email:1", "email:2"),
    *("device:1", "device:2", "device:blocked"),
]
RULES = rules_of(TEST_CATALOG, crowd=4)
HANDLER = handler_of(TEST_CATALOG, RULES)

carried = st.lists(st.sampled_from(IDENTIFIERS), max_size=3, unique=True).map(" ".join)
record_names = st.sampled_from(RECORDS)
upserts = st.tuples(
    st.just("upsert"), record_names, carried, st.integers(1, 3), st.integers(0, 9).map(bool)
)
events = st.tuples(st.just("event"), record_names, carried, st.integers(1, 4))
decisions = st.tuples(
    st.just("decision"),
    st.lists(record_names, min_size=2, max_size=2, unique=True),
    st.sampled_from(["same", "not_same", "undo"]),
    st.integers(1, 4),
    st.integers(1, 4),
)
worlds = st.lists(st.one_of(upserts, upserts, events, decisions), min_size=1, max_size=24)


def entry_of(at: int, fact: Any) -> Entry:
    match fact:
        case ("upsert", key, carries, revision, live):
            deleted = not live
            return upserted(at, key, "" if deleted else carries, revision=revision, deleted=deleted)
        case ("event", key, carries, number):
            return tracked(at, key, f"m{number}", carries)
        case (_, (a, b), kind, name, undone):
            return decided(at, kind, a, b, name=f"d{name}", undoes=f"d{undone}")
    raise AssertionError(fact)


def cut(entries: Sequence[Entry], sizes: Sequence[int]) -> list[Sequence[Entry]]:
    batches: list[Sequence[Entry]] = []
    start, turn = 0, 0
    while start < len(entries):
        size = sizes[turn % len(sizes)]
        batches.append(entries[start : start + size])
        start, turn = start + size, turn + 1
    return batches


def state_of(store: MemoryIdentityStore) -> dict[str, Any]:
    """Everything that must not depend on order: all but versions, receipts and notes of old."""
    state = store.state
    records = {key: asdict(record) for key, record in state.records.items()}
    for record in records.values():
        del record["version"]
    edges = [asdict(o) for held in state.edges.values() for o in held.values()]
    return {
        "records": records,
        "edges": sorted(edges, key=lambda o: (o["record"], o["identifier"])),
        "holders": {i: n for i, n in state.holders.items() if n},
        "generic": state.generic,
        "events": state.events,
        "decisions": state.decisions,
    }


def check_equals_full_solve(store: MemoryIdentityStore) -> None:
    state = store.state
    active = [o for held in state.edges.values() for o in held.values() if o.active]
    ages = {r.key: r.age for r in state.records.values() if not r.deleted}
    edges = [Edge(o.first_seen, o.identifier, o.record) for o in active]
    ruled = rulings(state.decisions.values())
    full = solve(Evidence(ages, edges, ruled), RULES)
    assert {r.key: r.seed for r in state.records.values() if r.seed} == full.seeds
    assert state.generic == full.generic
    assert {(o.record, o.identifier) for o in active if o.refused} == full.refused
    check_guarantees(full.seeds, edges, ruled)


def check_guarantees(seeds: Any, edges: Sequence[Edge], ruled: Any) -> None:
    excess = {seeds[key] for key in over_limit(edges, RULES)}
    values: dict[tuple[RecordKey, str], set[str]] = {}
    for edge in edges:
        values.setdefault((seeds[edge.record], edge.identifier.type), set()).add(
            edge.identifier.value
        )
    for (seed, kind), held in values.items():
        assert seed in excess or len(held) <= RULES.limits.get(kind, len(held))
    for (a, b), decision in ruled.items():
        if decision.kind == "not_same" and a in seeds and b in seeds:
            assert seeds[a] != seeds[b]


async def fed(batches: Sequence[Sequence[Entry]]) -> MemoryIdentityStore:
    store = MemoryIdentityStore(IDS)
    await feed(store, HANDLER, batches)
    return store


law = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@law
@given(worlds, st.randoms(use_true_random=False), st.lists(st.integers(1, 7), min_size=1))
def test_any_order_and_any_batches_give_the_same_state(
    facts: list[Any], chance: Any, sizes: list[int]
) -> None:
    entries = [entry_of(at, fact) for at, fact in enumerate(facts, start=1)]
    shuffled = [*entries, *chance.sample(entries, len(entries) // 3)]
    chance.shuffle(shuffled)

    async def both() -> None:
        straight = await fed([entries])
        other = await fed(cut(shuffled, sizes))
        assert state_of(other) == state_of(straight)
        assert await other.digest() == await straight.digest()
        check_equals_full_solve(straight)

    asyncio.run(both())


@law
@given(worlds)
def test_after_every_entry_the_state_equals_a_full_solve(facts: list[Any]) -> None:
    async def steps() -> None:
        store = MemoryIdentityStore(IDS)
        for at, fact in enumerate(facts, start=1):
            await feed(store, HANDLER, [[entry_of(at, fact)]])
            check_equals_full_solve(store)

    asyncio.run(steps())
