"""With scored matching too: any order, any batches, and one solve of everything agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.likeness import FormLikeness
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.matching.scoring import Scorer
from c360_identity.domain.rulings import rulings
from c360_identity.graph.directory import CustomerLookup
from c360_identity.handlers import large_solves, putting_off, resolution
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.beside import Beside
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    decided,
    feed,
    record_key,
    rules_of,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import cut
from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.model import pair_of
from c360_kernel.evidence.solver import (
    Edge,
    Evidence,
    Matches,
    Partition,
    solve,
    solve_in_steps,
)
from c360_kernel.log.entry import Entry
from c360_kernel.record import RecordKey
from c360_kernel.record_parts import trait_part

_TRAITS = {
    name: TraitType(name, "date" if name == "birthDate" else "string", "name", "latest")
    for name in ("name", "birthDate", "address")
}
_EMAIL = replace(TEST_CATALOG.identifiers["email"], normalizer="email", fan=3)
_MAILBOX = replace(_EMAIL, name="mailbox", normalizer="mailbox", tier=3, derived_from="email")
_TYPES = {**TEST_CATALOG.identifiers, "email": _EMAIL, "mailbox": _MAILBOX}
CATALOG = replace(TEST_CATALOG, identifiers=_TYPES, traits={**TEST_CATALOG.traits, **_TRAITS})
RULES = rules_of(CATALOG, crowd=5, people=2)
_BOUNDS = tuple(bound and 2 + (bound > 10) for bound in default_model().bounds)
MODEL = replace(default_model(), largest_block=3, bounds=_BOUNDS)
"""Blocks so small that some are full, now and then, those of a name alone the first."""


def handler_of(model: Model, solves: LargeSolves | None = None) -> IdentityHandler:
    intake = Intake(CATALOG, Normalizers(CATALOG), model.traits)
    tells_of = RuleValueReader(CATALOG)
    return IdentityHandler(intake, RULES, IDS, tells_of, Matching(model), solves=solves)


HANDLER = handler_of(MODEL)
_RECORDS = [f"crm/{n}" for n in range(8)]
_NAMES = (
    "Ann Roe",
    "Roe Anne",
    "Annie Roe",
    "Bob Roe",
    "Robert Roe",
    "Robert Row",
    "王小明",
    "WANG XIAOMING",
)
_BORN = ("1990-03-15", "1990-03-15", "1990-03-16", "1961-07-01")
_HOMES = ("7 Elm Road", "7 Elm Rd", "9 Oak Street")
_CARRIED = (
    "national_id:1",
    "national_id:2",
    "phone:1",
    "phone:1",
    "phone:2",
    "email:bob@host.com",
    "email:ann.roe@gmail.com",
    "email:annroe+shop@gmail.com",
    "email:annroe@googlemail.com",
    "account:1",
    "device:1",
)


def random_entry(chance: Random, at: int) -> Entry:
    key = chance.choice(_RECORDS)
    if chance.random() < 0.08:
        other = chance.choice([one for one in _RECORDS if one != key])
        kind = chance.choice(["same", "not_same", "undo"])
        return decided(at, kind, key, other, name=f"d{chance.randint(1, 3)}", undoes="d1")
    if chance.random() < 0.08:
        return upserted(at, key, revision=chance.randint(1, 6), deleted=True)
    if chance.random() < 0.08:
        seen = f"m{chance.randint(1, 3)}"
        return tracked(at, key, seen, chance.choice(_CARRIED), occurred_at=chance.randint(1, 9))
    said = {
        "name": chance.choice(_NAMES),
        "birthDate": chance.choice(_BORN),
        "address": chance.choice(_HOMES),
    }
    traits = {name: value for name, value in said.items() if chance.random() < 0.75}
    carries = " ".join(sorted({*chance.sample(_CARRIED, chance.choice((0, 0, 0, 1, 2)))}))
    named = None
    if chance.random() < 0.25:
        carries, named = "", " ".join(map(trait_part, traits)) or trait_part("name")
    when = {"revision": chance.randint(1, 6), "observed_at": chance.randint(1, 9)}
    return upserted(at, key, carries, **when, traits=traits, named=named)


def random_world(chance: Random) -> list[Entry]:
    return [random_entry(chance, at) for at in range(1, chance.randint(5, 24))]


def numbered_world(chance: Random) -> list[Entry]:
    """Records that are one customer by two kinds, and say now and then something else."""
    entries: list[Entry] = []
    for at in range(1, chance.randint(8, 24)):
        n = chance.randrange(5) if at > 5 else at - 1
        own = chance.choice(["", "", f"device:{n}", f"email:own{n}@host.com"])
        said = {"name": "Ann Roe", "birthDate": "1990-03-15", "address": chance.choice(_HOMES)}
        if chance.random() < 0.2:
            said = {"name": chance.choice(_NAMES), "birthDate": chance.choice(_BORN)}
        key = f"crm/{n}" if chance.random() < 0.9 else "crm/7"
        carries = f"{_log_in(n)} {own}" if key != "crm/7" else own
        entries.append(upserted(at, key, carries, revision=chance.randint(1, 6), traits=said))
    return entries


def _log_in(n: int) -> str:
    return " ".join([f"account:{n}", *(f"phone:{m} email:p{m}@host.com" for m in (n, n + 1))])


async def fed(batches: Sequence[Sequence[Entry]]) -> MemoryIdentityStore:
    store = MemoryIdentityStore(IDS)
    await feed(store, HANDLER, batches)
    return store


def state_of(store: MemoryIdentityStore) -> dict[str, Any]:
    state = store.state
    return {
        "records": {k: asdict(r) | {"version": None} for k, r in state.records.items()},
        "refused": sorted(
            (e.record, e.identifier)
            for held in state.edges.values()
            for e in held.values()
            if e.refused
        ),
        "generic": set(state.generic),
        "compared": state.compared,
        "blocks": {key: held for key, held in state.blocks.items() if held},
        "matches": state.matches,
    }


def full_solve(store: MemoryIdentityStore) -> Partition:
    """From the evidence alone, with every pair scored: nothing kept of matching is used."""
    state = store.state
    forming, scorer = Forming(MODEL), Scorer(MODEL)
    live = {r.key: r for r in state.records.values() if not r.deleted}
    edges = [
        Edge(e.since, e.first_seen, e.identifier, e.record)
        for held in state.edges.values()
        for e in held.values()
        if e.active
    ]
    carried = {key: [e.identifier for e in edges if e.record == key] for key in live}
    said = {key: forming.text(r.compared, carried[key]) for key, r in live.items()}
    keys = {key: forming.keys(text) for key, text in said.items()}
    largest = {key: bound for held in keys.values() for key, bound in held.items()}
    full = {k for k, bound in largest.items() if sum(k in h for h in keys.values()) > bound}
    forms = {key: forming.forms(text) for key, text in said.items() if text}
    accepted = {
        pair: bits
        for pair in (pair_of(a, b) for a, b in combinations(forms, 2))
        if (keys[pair[0]].keys() & keys[pair[1]].keys()) - full
        and scorer.is_evidence(
            forms[pair[0]],
            forms[pair[1]],
            bits := scorer.bits(forms[pair[0]], forms[pair[1]]),
        )
    }
    matches = Matches(FormLikeness(scorer, forms), accepted, forming.contacts)
    ages = {key: r.age for key, r in live.items()}
    decisions = rulings(state.decisions.values())
    return solve(Evidence(ages, edges, decisions, matches=matches), RULES)


def check(seed: int, world: Callable[[Random], list[Entry]] = random_world) -> int:
    chance = Random(seed)
    entries = world(chance)
    shuffled = [*entries, *chance.sample(entries, len(entries) // 3)]
    chance.shuffle(shuffled)
    straight = asyncio.run(fed([entries]))
    other = asyncio.run(fed(cut(shuffled, [chance.randint(1, 5)])))
    expected = full_solve(straight)
    seeds = {r.key: r.seed for r in straight.state.records.values() if r.seed}
    assert seeds == expected.seeds
    assert state_of(other) == state_of(straight)
    check_limits(straight, seeds)
    asyncio.run(check_ways_back(straight, chance))
    return len(expected.joined_pairs)


async def check_ways_back(store: MemoryIdentityStore, chance: Random) -> None:
    """What is decided and undone, or left out and said again, leaves everything as it was."""
    record, other = (str(key) for key in chance.sample(sorted(map(record_key, _RECORDS)), 2))
    said: dict[str, Any] = {"traits": {"name": chance.choice(_NAMES), "birthDate": _BORN[0]}}
    carries = " ".join(chance.sample(_CARRIED, 2))
    await feed(store, HANDLER, [[upserted(900, record, carries, **said)]])
    before = await shown(store)
    await feed(store, HANDLER, [[decided(901, "same", record, other, name="e1")]])
    await shown(store)
    undone = decided(902, "undo", record, other, name="e2", undoes="e1")
    await feed(store, HANDLER, [[undone]])
    assert await shown(store) == before
    await feed(store, HANDLER, [[upserted(903, record, deleted=chance.random() < 0.5)]])
    await shown(store)
    await feed(store, HANDLER, [[upserted(904, record, carries, **said)]])
    assert await shown(store) == before


async def shown(store: MemoryIdentityStore) -> dict[str, RecordKey]:
    """What every id that was ever shown stands for; each stands for somebody who is there."""
    records = store.state.records.values()
    ids = [IDS(record.key) for record in records if record.version]
    found = await CustomerLookup(store, CATALOG, Normalizers(CATALOG), IDS).by_id(ids)
    live = {record.key: record.seed for record in records if record.seed}
    assert {found[IDS(key)] for key in live} == set(live.values())
    assert all(found[IDS(key)] == seed for key, seed in live.items())
    return dict(found)


def check_limits(store: MemoryIdentityStore, seeds: dict[RecordKey, RecordKey]) -> None:
    held: dict[RecordKey, set[str]] = {}
    excess: set[RecordKey] = set()
    for record, edges in store.state.edges.items():
        own = {
            e.identifier.value
            for e in edges.values()
            if e.active and e.identifier.type == "national_id"
        }
        if own:
            held.setdefault(seeds[record], set()).update(own)
        if len(own) > 1:
            excess.add(seeds[record])
    assert all(len(values) == 1 for seed, values in held.items() if seed not in excess)


@pytest.mark.parametrize("seed", range(0, 60, 20))
def test_any_order_gives_what_one_solve_gives(seed: int) -> None:
    assert sum(check(seed + n) for n in range(20)) > 5


@pytest.mark.parametrize("seed", range(0, 40, 20))
def test_any_order_gives_what_one_solve_gives_where_all_have_log_ins(seed: int) -> None:
    for n in range(20):
        check(seed + n, numbered_world)


@pytest.mark.parametrize(
    ("said", "is_solved"),
    [
        ({"address": "9 Oak Street"}, False),
        ({"name": "Anne Roe"}, False),
        ({"name": "Bob Roe"}, True),
    ],
)
def test_what_tells_nobody_apart_is_changed_without_a_solve(
    said: dict[str, str], monkeypatch: pytest.MonkeyPatch, *, is_solved: bool
) -> None:
    told = {"name": "Ann Roe", "birthDate": "1990-03-15", "address": "7 Elm Road"}
    entries = [upserted(n, f"crm/{n}", _log_in(n), traits=told) for n in range(1, 5)]
    store = asyncio.run(fed([entries]))
    assert len({record.seed for record in store.state.records.values()}) == 1
    solves: list[object] = []
    monkeypatch.setattr(
        resolution,
        "solve_in_steps",
        lambda *given: solves.append(given) or solve_in_steps(*given),
    )
    change = upserted(9, "crm/2", _log_in(2), traits={**told, **said})
    asyncio.run(feed(store, HANDLER, [[change]]))
    assert bool(solves) is is_solved
    seeds = {r.key: r.seed for r in store.state.records.values()}
    assert seeds == full_solve(store).seeds


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 4000, 250))
def test_any_order_in_three_thousand_worlds(seed: int) -> None:
    for n in range(250):
        check(seed + n)


def digests(store: IdentityStore, batches: Sequence[Sequence[Entry]]) -> str:
    async def run() -> str:
        await feed(store, HANDLER, batches)
        digest = await store.digest()
        await store.close()
        return digest

    return asyncio.run(run())


@pytest.mark.parametrize("seed", range(3))
def test_sqlite_agrees_with_the_model_in_memory(seed: int, tmp_path: Path) -> None:
    for n in range(8):
        chance = Random(seed * 100 + n)
        batches = cut(random_world(chance), [chance.randint(1, 6)])
        sqlite = SqliteIdentityStore(tmp_path / f"{n}.db", IDS)
        assert digests(sqlite, batches) == digests(MemoryIdentityStore(IDS), batches)


@pytest.mark.parametrize("world", [random_world, numbered_world])
@pytest.mark.parametrize("seed", [0, pytest.param(1_000, marks=pytest.mark.slow)])
def test_solves_that_are_left_come_to_the_same(
    world: Callable[[Random], list[Entry]],
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(putting_off, "LARGE_SOLVE", 2)
    monkeypatch.setattr(large_solves, "_TURN_S", 0.0)
    monkeypatch.setattr(large_solves, "_WRITTEN", 2)

    async def tried(number: int) -> int:
        chance = Random(number)
        batches = cut(world(chance), [chance.randint(1, 4)])
        one = Beside(tmp_path / f"{number}.db", RULES, partial(handler_of, MODEL), Matching(MODEL))
        await one.feed(batches, chance)
        model = await fed(batches)
        assert one.state() == {
            key: (r.seed, r.plain, r.numbered + r.firm) for key, r in model.state.records.items()
        }, number
        assert await one.store.digest() == await model.digest(), number
        await one.store.close()
        return one.left

    numbers = range(seed, seed + (seed // 5 or 15))
    assert sum(asyncio.run(tried(number)) for number in numbers) > 5


def test_what_is_deleted_and_comes_again_is_as_it_was() -> None:
    said = {"name": "Ann Roe", "birthDate": "1990-03-15", "address": "7 Elm Road"}
    first = [upserted(1, "crm/1", traits=said), upserted(2, "crm/2", traits=said)]
    away = upserted(3, "crm/2", revision=3, deleted=True)
    again = upserted(4, "crm/2", revision=4, traits=said)
    before = asyncio.run(fed([first]))
    between = asyncio.run(fed([first, [away]]))
    after = asyncio.run(fed([first, [away], [again]]))
    seeds = [{str(k): r.seed for k, r in s.state.records.items()} for s in (before, between, after)]
    assert seeds[0] == seeds[2] == dict.fromkeys(("crm/1", "crm/2"), RecordKey("crm", "1"))
    assert seeds[1]["crm/2"] is None
    assert not between.state.matches


def test_a_full_block_finds_nobody_and_finds_again_when_it_is_not() -> None:
    said = {"name": "Ann Roe", "birthDate": "1990-03-15"}
    crowd = [upserted(n, f"crm/{n}", traits=said) for n in range(1, 5)]
    full = asyncio.run(fed([[one] for one in crowd]))
    assert len({r.seed for r in full.state.records.values()}) == 4
    away = upserted(5, "crm/4", revision=5, deleted=True)
    open_again = asyncio.run(fed([[one] for one in [*crowd, away]]))
    assert len({r.seed for r in open_again.state.records.values() if r.seed}) == 1


def test_a_name_alone_finds_fewer_than_what_says_more() -> None:
    """Its block is full at two records, others at three."""
    one, two, three = (upserted(n, f"crm/{n}", traits={"name": "Zoe Rosewood"}) for n in (1, 2, 3))
    for batches in ([[one, two]], [[one], [two]]):
        assert len(asyncio.run(fed(batches)).state.matches) == 1
    for batches in ([[one, two, three]], [[one], [two], [three]], [[three, two], [one]]):
        assert not asyncio.run(fed(batches)).state.matches
    born = {"name": "Zoe Rosewood", "birthDate": "1990-03-15"}
    entries = [upserted(n, f"crm/{n}", traits=born) for n in (1, 2, 3)]
    assert len(asyncio.run(fed([[one] for one in entries])).state.matches) == 3


def test_whoever_shares_a_contact_of_a_full_block_is_told_apart_in_any_order() -> None:
    """Where a block is full before its contact is on more records than the fan says."""
    handler = handler_of(replace(MODEL, largest_block=2))
    home = {"address": "7 Elm Road"}
    told = [
        *[{"name": "Ann Roe", "birthDate": "1990-03-15", **home}] * 2,
        {"name": "Bob Roe", "birthDate": "1961-07-01", **home},
    ]
    shared = "email:roe@host.com"
    entries = [upserted(n, f"crm/{n}", shared, traits=said) for n, said in enumerate(told)]
    found: list[dict[RecordKey, RecordKey | None]] = []
    for batches in ([entries], [[one] for one in entries], [[one] for one in reversed(entries)]):
        store = MemoryIdentityStore(IDS)
        asyncio.run(feed(store, handler, batches))
        found.append({r.key: r.seed for r in store.state.records.values()})
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert found[0][record_key("crm/2")] == record_key("crm/2")
