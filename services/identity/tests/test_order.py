"""The law of order neutrality, and that incremental work equals one full solve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import pytest
from c360_identity.domain.rulings import rulings
from c360_identity.graph.directory import CustomerLookup
from c360_identity.handlers import resolution
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    rules_of,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import (
    RECORDS,
    cut,
    entries_of,
    hanging_world,
    numbered_world,
    random_world,
    worlds,
)
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, Partition, over_limit, solve
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import IDENTITIES
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import Identifier, RecordKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RULES = rules_of(TEST_CATALOG, crowd=5, people=2)
HANDLER = handler_of(TEST_CATALOG, RULES)
WIDE = Rules(
    {
        n: rule._replace(fan=6 if rule.fan and rule.personal else rule.fan)
        for n, rule in RULES.types.items()
    },
    crowd=9,
    people=6,
)
"""Bounds that records who hang on each other do not meet."""
EVERY_ID = {IDS(RecordKey.parse(name)) for name in RECORDS}

law = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
orders = st.randoms(use_true_random=False)
sizes = st.lists(st.integers(1, 7), min_size=1, max_size=4)


async def fed(batches: Sequence[Sequence[Entry]], rules: Rules = RULES) -> MemoryIdentityStore:
    store = MemoryIdentityStore(IDS)
    await feed(store, handler_of(TEST_CATALOG, rules), batches)
    return store


def state_of(store: MemoryIdentityStore) -> dict[str, Any]:
    """Everything that must not depend on order: all but versions and receipts."""
    state = store.state
    records = {key: asdict(record) | {"version": None} for key, record in state.records.items()}
    edges = [asdict(edge) for held in state.edges.values() for edge in held.values()]
    return {
        "records": records,
        "edges": sorted(edges, key=lambda edge: (edge["record"], edge["identifier"])),
        "holders": {identifier: n for identifier, n in state.holders.items() if n},
        "generic": set(state.generic),
        "events": state.events,
        "decisions": state.decisions,
    }


def active_edges(store: MemoryIdentityStore) -> list[Edge]:
    held = (edge for edges in store.state.edges.values() for edge in edges.values())
    return [
        Edge(edge.since, edge.first_seen, edge.identifier, edge.record)
        for edge in held
        if edge.active
    ]


def full_solve(store: MemoryIdentityStore, rules: Rules = RULES) -> Partition:
    ages = {r.key: r.age for r in store.state.records.values() if not r.deleted}
    return solve(
        Evidence(ages, active_edges(store), rulings(store.state.decisions.values())), rules
    )


def partition_of(store: MemoryIdentityStore, rules: Rules = RULES) -> Partition:
    state = store.state
    edges = [edge for held in state.edges.values() for edge in held.values()]
    seeds = {r.key: r.seed for r in state.records.values() if r.seed}
    refused = frozenset((edge.record, edge.identifier) for edge in edges if edge.refused)
    return Partition(
        seeds, frozenset(state.generic), refused, full_solve(store, rules).refused_pairs
    )


def assignments_said(store: MemoryIdentityStore) -> Mapping[RecordKey, str]:
    """What a consumer that read everything believes; each entry must have said something new."""
    said: dict[RecordKey, RecordAssigned] = {}
    for entry in store.state.outbox.values():
        payload: RecordAssigned = decode(IDENTITIES, entry.data)
        before = said.get(payload.record)
        assert before is None or before.version < payload.version
        assert before is None or before.customer == payload.left != payload.customer
        said[payload.record] = payload
    return {record: payload.customer for record, payload in said.items()}


def check_guarantees(store: MemoryIdentityStore, rules: Rules = RULES) -> None:
    seeds, edges = partition_of(store, rules).seeds, active_edges(store)
    excess = {seeds[key] for key in over_limit(edges, rules)}
    values: dict[tuple[RecordKey, str], set[str]] = {}
    for edge in edges:
        name = (seeds[edge.record], edge.identifier.type)
        values.setdefault(name, set()).add(edge.identifier.value)
    for (seed, kind), held in values.items():
        assert seed in excess or len(held) <= rules.limits.get(kind, len(held))
    for (a, b), decision in rulings(store.state.decisions.values()).items():
        if decision.kind == "not_same" and a in seeds and b in seeds:
            assert seeds[a] != seeds[b]


async def resolved(store: MemoryIdentityStore) -> Mapping[str, RecordKey]:
    directory = CustomerLookup(store, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS)
    return await directory.by_id(EVERY_ID)


async def check_order(
    facts: list[Any], chance: Random, batches: Sequence[int], rules: Rules = RULES
) -> None:
    entries = entries_of(facts)
    shuffled = [*entries, *chance.sample(entries, len(entries) // 3)]
    chance.shuffle(shuffled)
    straight, other = await fed([entries], rules), await fed(cut(shuffled, batches), rules)
    assert state_of(other) == state_of(straight)
    assert await other.digest() == await straight.digest()
    assert await resolved(other) == await resolved(straight)
    assert assignments_said(other) == assignments_said(straight)
    assert partition_of(straight, rules) == full_solve(straight, rules)
    check_guarantees(straight, rules)


@law
@given(worlds, orders, sizes)
def test_any_order_and_any_batches_give_the_same_state(
    facts: list[Any], chance: Random, batches: list[int]
) -> None:
    asyncio.run(check_order(facts, chance, batches))


@pytest.mark.parametrize("seed", range(0, 150, 25))
async def test_order_and_batches_do_not_matter_in_dense_worlds_either(seed: int) -> None:
    for number in range(seed, seed + 25):
        chance = Random(number)
        facts = random_world(chance)
        await check_order(facts, chance, [chance.randint(1, 9) for _ in range(4)])


@law
@given(worlds)
def test_after_every_entry_the_state_equals_a_full_solve(facts: list[Any]) -> None:
    async def steps() -> None:
        store = MemoryIdentityStore(IDS)
        for entry in entries_of(facts):
            await feed(store, HANDLER, [[entry]])
            assert partition_of(store) == full_solve(store)
            check_guarantees(store)

    asyncio.run(steps())


@pytest.mark.parametrize("seed", range(1000, 1100, 25))
async def test_after_every_entry_of_dense_worlds_too(seed: int) -> None:
    for number in range(seed, seed + 25):
        store = MemoryIdentityStore(IDS)
        for entry in entries_of(random_world(Random(number))):
            await feed(store, HANDLER, [[entry]])
            assert partition_of(store) == full_solve(store)


@pytest.mark.parametrize("seed", [0, pytest.param(1_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("world", "rules"), [(numbered_world, RULES), (hanging_world, RULES), (hanging_world, WIDE)]
)
async def test_order_and_batches_do_not_matter_where_all_have_log_ins_of_their_own(
    world: Callable[[Random], list[Any]], rules: Rules, seed: int
) -> None:
    handler = handler_of(TEST_CATALOG, rules)
    for number in range(seed, seed + (seed // 20 or 15)):
        chance = Random(number)
        facts = world(chance)
        await check_order(facts, chance, [chance.randint(1, 4) for _ in range(3)], rules)
        store = MemoryIdentityStore(IDS)
        for entry in entries_of(facts):
            await feed(store, handler, [[entry]])
            assert partition_of(store, rules) == full_solve(store, rules)


def _unsolved(*_: object, **__: object) -> None:
    raise AssertionError("it is solved")


@pytest.mark.parametrize(
    ("gained", "is_solved"),
    [
        ("", False),
        ("email:own device:own", False),
        ("unionid:first", False),
        ("account:second", False),
        ("account:other:1", False),
        ("email:1", True),
        ("unionid:first unionid:second", True),
    ],
)
async def test_a_customer_of_many_log_ins_takes_what_is_a_record_s_own_without_a_solve(
    gained: str, monkeypatch: pytest.MonkeyPatch, *, is_solved: bool
) -> None:
    store, carried = MemoryIdentityStore(IDS), CHAINS["numbered"]
    await feed(store, HANDLER, [[upserted(n, f"crm/{n}", carried(n))] for n in range(1, 9)])
    assert len({record.seed for record in store.state.records.values()}) == 1
    change = upserted(20, "crm/5", f"{carried(5)} {gained}")
    with monkeypatch.context() as patched:
        patched.setattr(resolution, "closure", _unsolved)
        if is_solved:
            with pytest.raises(AssertionError, match="it is solved"):
                await feed(store, HANDLER, [[change]])
        else:
            await feed(store, HANDLER, [[change]])
    await feed(store, HANDLER, [[change]])
    assert partition_of(store) == full_solve(store)


@pytest.mark.parametrize(
    ("changes", "customers", "is_solved"),
    [
        pytest.param([("web/1", "email:x1", 50)], 1, False, id="hangs by one kind"),
        pytest.param([("web/1", "account:w email:x1 phone:x1", 50)], 1, False, id="by two"),
        pytest.param([("web/1", "account:w email:x1", 50)], 2, True, id="is told apart"),
        pytest.param([("web/1", "email:x1 email:x3", 50)], 1, True, id="hangs on two"),
        pytest.param([("web/1", "account:w email:x1 phone:x1", 0)], 1, True, id="was there first"),
        pytest.param([("web/1", "account:1 email:x1", 50)], 1, True, id="shares a number"),
        pytest.param(
            [("web/1", "email:x1", 50), ("web/1", "account:w email:x1", 51)],
            2,
            True,
            id="is told apart later",
        ),
        pytest.param(
            [
                ("web/1", "account:t:1 email:x1", 50),
                ("web/1", "account:t:1 account:w email:x1", 51),
            ],
            2,
            True,
            id="has another scope",
        ),
        pytest.param(
            [
                ("web/1", "account:t:1 email:y phone:y", 40),
                ("web/1", "account:t:1 email:y phone:y email:x1", 60),
                ("web/2", "account:w email:y phone:y", 50),
            ],
            2,
            True,
            id="hangs on who is of another scope",
        ),
        pytest.param([("crm/1", "email:1 phone:1 email:2 phone:2", 50)], 1, True, id="untold"),
        pytest.param(
            [("crm/1", "account:9 email:1 phone:1 email:2 phone:2", 50)],
            1,
            False,
            id="renumbered",
        ),
    ],
)
async def test_what_a_customer_of_many_log_ins_takes_and_what_is_solved(
    changes: list[tuple[str, str, int]],
    customers: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_solved: bool,
) -> None:
    chain = CHAINS["numbered"]
    told = [
        upserted(n, f"crm/{n}", f"{chain(n)} email:x{n} phone:x{n}", observed_at=n)
        for n in range(1, 5)
    ]
    *before, last = [
        upserted(5 + n, key, carries, revision=5 + n, observed_at=at)
        for n, (key, carries, at) in enumerate(changes)
    ]
    steps = await fed([[one] for one in (*told, *before)])
    if not is_solved:
        monkeypatch.setattr(resolution, "closure", _unsolved)
    await feed(steps, HANDLER, [[last]])
    monkeypatch.undo()
    assert partition_of(steps) == full_solve(steps)
    assert len({record.seed for record in steps.state.records.values()}) == customers
    assert state_of(steps) == state_of(await fed([[*told, *before, last]]))


async def test_a_customer_of_two_log_ins_is_solved_anew_for_a_record_between() -> None:
    rules = rules_of(TEST_CATALOG, crowd=64)
    store = MemoryIdentityStore(IDS)
    q, r = (
        upserted(1, "crm/1", "account:1 email:9"),
        upserted(2, "crm/2", "account:2 email:1 phone:2"),
    )
    p = [tracked(9, "web/1", "m1", "email:9"), tracked(10, "web/1", "m2", "email:1 phone:2")]
    between = upserted(5, "web/2", "email:9 email:1")
    await feed(store, handler_of(TEST_CATALOG, rules), [[q], [r], p, [between]])
    assert len({record.seed for record in store.state.records.values()}) == 1
    assert partition_of(store) == full_solve(store, rules)
    assert partition_of(store).refused == {(RecordKey("web", "2"), Identifier("email", "9"))}


@pytest.mark.parametrize("together", [1, 2])
async def test_a_customer_takes_one_new_log_in_at_once_and_is_solved_for_two(together: int) -> None:
    store = MemoryIdentityStore(IDS)
    first = upserted(1, "crm/1", "email:1 email:2 phone:1")
    new = [upserted(2, "crm/2", "account:1 email:1"), upserted(3, "web/1", "account:2 email:2")]
    await feed(store, HANDLER, [[first], *cut(new, [together])])
    assert partition_of(store) == full_solve(store)
    assert partition_of(store).refused
    assert len({record.seed for record in store.state.records.values()}) == 2


CHAINS = {
    "by one kind": lambda n: f"email:{n} email:{n + 1}",
    "numbered": lambda n: f"account:{n} email:{n} email:{n + 1} phone:{n} phone:{n + 1}",
}


@pytest.mark.parametrize("carried", CHAINS.values(), ids=CHAINS)
async def test_a_long_chain_that_breaks_and_heals_equals_a_full_solve(
    carried: Callable[[int], str], tmp_path: Path
) -> None:
    """Through the store that finds the records of a customer at once."""
    model, store = MemoryIdentityStore(IDS), SqliteIdentityStore(tmp_path / "identity.db", IDS)
    chain = [upserted(n, f"crm/{n}", carried(n)) for n in range(1, 61)]
    broken = upserted(61, "crm/30", "email:x")
    bound = upserted(62, "web/1", "account:9 account:8 email:20 email:40 phone:20 phone:40")
    healed = upserted(63, "crm/30", carried(30))
    for batch in (chain[::2], chain[1::2], [broken], [bound], [healed]):
        for one in (model, store):
            await feed(one, HANDLER, [batch])
        assert partition_of(model) == full_solve(model)
        assert await store.digest() == await model.digest()
    await store.close()


@law
@given(worlds)
def test_every_id_ever_shown_resolves(facts: list[Any]) -> None:
    async def steps() -> None:
        store = MemoryIdentityStore(IDS)
        for entry in entries_of(facts):
            await feed(store, HANDLER, [[entry]])
            customers = await resolved(store)
            for record in store.state.records.values():
                assert record.seed is None or customers[IDS(record.key)] == record.seed
            assert {store.state.records[seed].seed for seed in customers.values()} == set(
                customers.values()
            )

    asyncio.run(steps())


@law
@given(worlds, st.sampled_from(RECORDS), st.sampled_from([True, False]))
def test_retract_then_restore_gives_back_the_same_customers(
    facts: list[Any], name: str, deleted: bool
) -> None:
    record = RecordKey.parse(name)

    async def steps() -> None:
        store = await fed([entries_of(facts)])
        stated = [o for o in store.state.edges.get(record, {}).values() if o.stated]
        carries = " ".join(f"{i.type}:{i.value}" for i in (o.identifier for o in stated))
        await feed(store, HANDLER, [[upserted(100, name, carries)]])
        before, shown = partition_of(store), await resolved(store)
        await feed(store, HANDLER, [[upserted(101, name, deleted=deleted)]])
        await feed(store, HANDLER, [[upserted(102, name, carries)]])
        assert partition_of(store) == before
        assert await resolved(store) == shown

    asyncio.run(steps())
