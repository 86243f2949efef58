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
    feed,
    handler_of,
    rules_of,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import cut, entries_of, worlds
from c360_kernel.log.entry import Entry
from c360_kernel.record import RecordKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RULES = rules_of(TEST_CATALOG, crowd=4)
HANDLER = handler_of(TEST_CATALOG, RULES)


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
    entries = entries_of(facts)
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
        for entry in entries_of(facts):
            await feed(store, HANDLER, [[entry]])
            check_equals_full_solve(store)

    asyncio.run(steps())
