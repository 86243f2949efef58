"""Large customers are solved beside the batches of others, and come to what one solve says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from c360_identity.bootstrap import NAME
from c360_identity.handlers import large_solves, putting_off
from c360_identity.handlers.closure import Told, Why
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.putting_off import Left, read_left, text_of
from c360_identity.store.sqlite import SqliteIdentityStore, view
from c360_identity.testing.beside import Beside
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    decided,
    feed,
    handler_of,
    identifiers_of,
    record_key,
    rules_of,
    stamp,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import (
    cut,
    entries_of,
    hanging_world,
    numbered_world,
    random_world,
)
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict, Unusable
from c360_kernel.log.entry import Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import DECISIONS, IDENTITIES, RECORDS
from c360_kernel.metrics import LARGE_SOLVES_FAILING
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey

from services.identity.tests import taking_apart

RULES = rules_of(TEST_CATALOG, crowd=5, people=2)
ROOMY = rules_of(TEST_CATALOG, crowd=64)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large, and what is done at once, is little."""
    monkeypatch.setattr(putting_off, "LARGE_SOLVE", 3)
    monkeypatch.setattr(large_solves, "_TURN_S", 0.0)
    monkeypatch.setattr(large_solves, "_WRITTEN", 2)
    monkeypatch.setattr(view, "_PART", 2)


def beside(path: Path, rules: Any = RULES) -> Beside:
    def handler(solves: LargeSolves) -> IdentityHandler:
        return handler_of(TEST_CATALOG, rules, solves=solves)

    return Beside(path, rules, handler)


@pytest.mark.parametrize("world", [random_world, numbered_world, hanging_world])
@pytest.mark.parametrize("seed", [0, 10, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_any_steps_in_between_give_what_is_solved_at_once(
    world: Callable[[Random], list[Any]], seed: int, tmp_path: Path
) -> None:
    left = 0
    for number in range(seed, seed + (seed // 4 or 10)):
        chance = Random(number)
        entries = entries_of(world(chance))
        batches = cut(entries, [chance.randint(1, 4) for _ in range(3)])
        model, tried = MemoryIdentityStore(IDS), beside(tmp_path / f"{number}.db")
        await feed(model, handler_of(TEST_CATALOG, RULES), batches)
        await tried.feed(batches, chance)
        assert tried.state() == {
            key: (one.seed, one.plain, one.numbered + one.firm)
            for key, one in model.state.records.items()
        }, number
        assert await tried.store.digest() == await model.digest(), number
        owners = {key: one[0] for key, one in tried.state().items()}
        for key, said in (await tried.said()).items():
            assert said == ("" if (owner := owners[key]) is None else IDS(owner))
        left += tried.left
        await tried.store.close()
    assert left > 5


def chain(size: int) -> list[Any]:
    return [upserted(n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(1, size + 1)]


async def customers(tried: Beside) -> list[int]:
    """How many records each customer has, the smallest first."""
    seeds = [one[0] for one in tried.state().values()]
    return sorted(seeds.count(seed) for seed in set(seeds))


async def _left(tried: Beside) -> int:
    async with tried.store.unit() as unit:
        return len(await unit.left())


async def test_others_are_taken_while_a_customer_is_taken_apart(tmp_path: Path) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    apart = decided(20, "not_same", "crm/6", "crm/7", name="d1")
    await feed(tried.store, tried.handler, [[apart]])
    assert await customers(tried) == [12]
    assert tried.solves.held == {Partition(DECISIONS, 0): 20}
    sizes: list[list[int]] = []
    for n in range(200):
        await feed(tried.store, tried.handler, [[upserted(30 + n, f"web/{n}", f"account:{n}")]])
        await tried.solves.step()
        sizes.append([one for one in await customers(tried) if one > 1])
        if not tried.solves.waits:
            break
    assert sizes[0] == [12]
    assert sizes[-1] == [6, 6]
    assert any(one not in ([12], [6, 6]) for one in sizes)
    tried.solves.release()
    assert not tried.solves.held
    await tried.store.close()


@pytest.mark.parametrize("steps", range(0, 60, 3))
async def test_a_kill_in_the_middle_loses_nothing(steps: int, tmp_path: Path) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    apart = decided(20, "not_same", "crm/6", "crm/7", name="d1")
    await feed(tried.store, tried.handler, [[apart]])
    for _ in range(steps):
        await tried.solves.step()
    await tried.die()
    assert tried.solves.waits
    await tried.solves.finish()
    assert await customers(tried) == [6, 6]
    assert not tried.solves.waits
    assert set((await tried.said()).values()) == {IDS(record_key(f"crm/{n}")) for n in (1, 7)}
    await tried.store.close()


async def test_who_touches_it_meanwhile_is_solved_in_the_next_round(tmp_path: Path) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])
    for _ in range(2):
        await tried.solves.step()
    carried = {"web/1": "email:3 email:own7", "web/2": "email:own7", "web/3": "email:3 account:1"}
    for at, (key, carries) in enumerate(carried.items(), 30):
        await feed(tried.store, tried.handler, [[upserted(at, key, carries)]])
    assert {tried.state()[record_key(key)][0] for key in carried} == {None}
    await tried.solves.finish()
    assert await customers(tried) == [6, 9]
    await tried.store.close()


async def test_what_a_round_has_done_is_not_held_for_what_was_left_meanwhile(
    tmp_path: Path,
) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])
    await tried.solves.step()
    for n in range(300):
        held = tried.solves.held
        if Partition(DECISIONS, 0) not in held:
            break
        fresh = upserted(30 + n, f"web/{n}", f"email:{1 + n % 12}")
        await feed(tried.store, tried.handler, [[fresh]])
        await tried.solves.step()
        tried.solves.release()
    assert set(tried.solves.held) == {Partition(RECORDS, 0)}
    assert stamp(20) not in tried.solves.stamps
    assert tried.solves.waits
    await tried.solves.finish()
    tried.solves.release()
    assert not tried.solves.held
    await tried.store.close()


async def test_who_carries_what_is_generic_waits_for_what_is_being_written(tmp_path: Path) -> None:
    tried, model = beside(tmp_path / "identity.db", ROOMY), MemoryIdentityStore(IDS)
    mails = [upserted(n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(2, 6)]
    told = [upserted(1, "crm/1", "phone:1"), *mails, upserted(6, "crm/6", "email:6 national_id:6")]
    others = [upserted(10 + n, f"web/{n}", f"phone:1 national_id:{n}") for n in range(4)]
    batches = [[*told, decided(9, "same", "crm/1", "crm/6", name="d1"), *others]]
    batches.append([decided(20, "not_same", "crm/1", "crm/6", name="d2")])
    for batch in batches:
        await feed(tried.store, tried.handler, [batch])
    while tried.solves._solution is None:
        await tried.solves.step()
    batches += [[upserted(30 + n, f"web/{n}", "phone:1")] for n in (0, 1)]
    for batch in batches[2:]:
        await feed(tried.store, tried.handler, [batch])
    assert tried.solves._solution is not None
    await tried.solves.finish()
    await feed(model, handler_of(TEST_CATALOG, ROOMY), batches)
    seeds = {key: one.seed for key, one in model.state.records.items()}
    assert seeds[record_key("web/1")] == record_key("crm/1")
    assert {key: one[0] for key, one in tried.state().items()} == seeds
    await tried.store.close()


async def test_whose_customer_was_left_meanwhile_takes_nobody_without_a_solve(
    tmp_path: Path,
) -> None:
    tried, model = beside(tmp_path / "identity.db", ROOMY), MemoryIdentityStore(IDS)
    mails = {n: f"email:{n} email:{n + 1}" for n in range(1, 6)}
    first = [upserted(10 + n, f"crm/{n}", f"{mails[n]} email:all") for n in mails]
    # It has come late: who says this was there before the others.
    late = upserted(6, "web/1", "email:b email:1")
    batches = [[upserted(5, "web/1", "email:b"), *first], [upserted(20, "crm/5", mails[5])]]
    batches += [[late], [upserted(30, "web/2", "email:4")]]
    for batch in batches[:2]:
        await feed(tried.store, tried.handler, [batch])
    await tried.solves.step()
    await feed(tried.store, tried.handler, [batches[2]])
    while await _left(tried) > 1:
        await tried.solves.step()
    while tried.solves._solution is None:
        await tried.solves.step()
    await feed(tried.store, tried.handler, [batches[3]])
    await tried.solves.finish()
    await feed(model, handler_of(TEST_CATALOG, ROOMY), batches)
    assert {key: one[0] for key, one in tried.state().items()} == {
        key: one.seed for key, one in model.state.records.items()
    }
    await tried.store.close()


async def test_who_reaches_what_is_half_written_is_left(tmp_path: Path) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    mails = [upserted(10 + n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(1, 6)]
    mails.append(upserted(16, "crm/6", "email:6 unionid:6 phone:1"))
    others = [upserted(20 + n, f"web/{n}", f"phone:1 unionid:{n % 3}") for n in range(4)]
    older = upserted(1, "web/9", "email:z")
    await feed(tried.store, tried.handler, [[older, *mails, *others]])
    await feed(tried.store, tried.handler, [[decided(40, "same", "crm/3", "web/9", name="d")]])
    while tried.state()[record_key("crm/1")][0] != record_key("web/9"):
        await tried.solves.step()
    assert tried.state()[record_key("crm/6")][0] == record_key("crm/1")
    await feed(tried.store, tried.handler, [[upserted(50, "web/0", "phone:1 unionid:0 email:w")]])
    await tried.solves.finish()
    assert await customers(tried) == [1, 1, 2, 7]
    await tried.store.close()


async def test_whom_a_large_customer_refused_is_solved_beside_others(tmp_path: Path) -> None:
    tried, model = beside(tmp_path / "identity.db", ROOMY), MemoryIdentityStore(IDS)
    paper = upserted(13, "crm/13", "email:13 national_id:1")
    apart = [upserted(20, "web/1", "email:3 national_id:2")]
    batches = [[*chain(12), paper], apart]
    batches.append([upserted(30, "web/1", "email:3 national_id:3")])
    for batch in batches[:2]:
        await feed(tried.store, tried.handler, [batch])
        await tried.solves.finish()
    assert await customers(tried) == [1, 13]
    await feed(tried.store, tried.handler, batches[2:])
    assert (tried.solves.waits, await _left(tried)) == (True, 1)
    await tried.solves.finish()
    await feed(model, handler_of(TEST_CATALOG, ROOMY), batches)
    assert {key: one[0] for key, one in tried.state().items()} == {
        key: one.seed for key, one in model.state.records.items()
    }
    await tried.store.close()


async def test_what_was_not_committed_is_not_waited_for(tmp_path: Path) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])
    while tried.solves._solution is None:
        await tried.solves.step()
    with pytest.raises(Conflict):
        async with tried.store.unit() as unit:
            await tried.handler.handle(unit, [upserted(30, "web/1", "email:3")])
            raise Conflict("somebody else was faster")
    assert Partition(RECORDS, 0) in tried.solves.held
    await tried.solves.finish()
    tried.solves.release()
    assert not tried.solves.held
    await tried.store.close()


async def test_a_solve_that_fails_stops_nobody_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])
    with monkeypatch.context() as patched:
        patched.setattr(large_solves, "closure", None)
        await tried.solves.finish()
    assert not tried.solves.waits
    tried.solves.release()
    assert tried.solves.held
    await feed(tried.store, tried.handler, [[upserted(30, "web/1", "account:1")]])
    assert tried.state()[record_key("web/1")][0] == record_key("web/1")
    await tried.die()
    await tried.solves.finish()
    assert await customers(tried) == [1, 6, 6]
    await tried.store.close()


async def test_others_are_heard_while_all_that_is_left_is_done(tmp_path: Path) -> None:
    tried, heard = beside(tmp_path / "identity.db", ROOMY), 0
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])

    async def listen() -> None:
        nonlocal heard
        while tried.solves.waits:
            heard += 1
            await asyncio.sleep(0)

    listening = asyncio.create_task(listen())
    await tried.solves.finish()
    await listening
    assert heard > 5
    assert await customers(tried) == [6, 6]
    await tried.store.close()


async def test_a_solve_that_fails_is_tried_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_solves, "_FIRST_PAUSE_S", 0.05)
    tried = beside(tmp_path / "identity.db", ROOMY)
    await feed(tried.store, tried.handler, [chain(12)])
    await feed(tried.store, tried.handler, [[decided(20, "not_same", "crm/6", "crm/7", name="d")]])
    with monkeypatch.context() as patched:
        patched.setattr(large_solves, "closure", None)
        await tried.solves.finish()
        assert (tried.solves.fails, LARGE_SOLVES_FAILING.value) == (True, 1)
    assert await customers(tried) == [12]
    await asyncio.sleep(0.06)
    await tried.solves.finish()
    assert (tried.solves.fails, LARGE_SOLVES_FAILING.value) == (False, 0)
    assert await customers(tried) == [6, 6]
    await tried.store.close()


async def test_who_waits_for_a_solve_that_fails_waits_in_a_later_life_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, model = beside(tmp_path / "identity.db", ROOMY), MemoryIdentityStore(IDS)
    paper = upserted(13, "crm/13", "email:13 national_id:1")
    batches = [[*chain(12), paper], [upserted(20, "web/1", "email:3 national_id:2")]]
    batches.append([upserted(30, "web/1", "email:3 email:99 national_id:2")])
    await feed(tried.store, tried.handler, batches[:1])
    await tried.solves.finish()
    with monkeypatch.context() as patched:
        patched.setattr(large_solves, "closure", None)
        await feed(tried.store, tried.handler, batches[1:2])
        await tried.solves.finish()
        await tried.die()
        await tried.solves.finish()
        assert (tried.solves.fails, await _left(tried)) == (True, 1)
        await feed(tried.store, tried.handler, batches[2:])
        assert await _left(tried) == 2
    await tried.die()
    await tried.solves.finish()
    await feed(model, handler_of(TEST_CATALOG, ROOMY), batches)
    assert {key: one[0] for key, one in tried.state().items()} == {
        key: one.seed for key, one in model.state.records.items()
    }
    await tried.store.close()


async def test_a_solve_that_always_fails_never_reads_as_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = MemoryLog()
    await log.append(taking_apart.chain(12))
    await _live(tmp_path, log)
    ((topic, part, offset),) = await log.append([taking_apart.apart(12)])
    where = Partition(topic, part)
    with monkeypatch.context() as patched:
        patched.setattr(large_solves, "closure", None)
        for life in range(1, 4):
            assert await _live(tmp_path, log) == {"customers": 1, "solves_left": 1}
            assert caplog.text.count("LARGE_SOLVE_FAILED TypeError") == life
            assert LARGE_SOLVES_FAILING.value == 1
            assert (await log.committed(NAME)).get(where, 0) <= offset
    assert await _live(tmp_path, log) == {"customers": 2, "solves_left": 0}
    assert (await log.committed(NAME))[where] == offset + 1
    assert LARGE_SOLVES_FAILING.value == 0


async def test_what_cannot_be_solved_is_no_whole_store_to_who_makes_one_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    await log.append([*taking_apart.chain(12), taking_apart.apart(12)])
    monkeypatch.setattr(large_solves, "closure", None)
    for number, work in enumerate((Worker[Any].exhaust, partial(Worker[Any].feed, timeout_s=0))):
        service = replace(taking_apart.service(tmp_path / f"{number}"), batch=4)
        store = service.open_store()
        tried = service.worker(log, store)
        with pytest.raises(Unusable) as refused:
            while await work(tried):
                pass
        assert refused.value.code == "STEPS_FAILED"
        await tried.close()
        await store.close()


async def _live(folder: Path, log: MemoryLog) -> dict[str, int]:
    """A life of the worker until nothing comes; what its store counts then."""
    service = taking_apart.service(folder)
    store = service.open_store()
    tried = service.worker(log, store)
    stop = asyncio.Event()
    running = asyncio.create_task(tried.run(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await running
    counts = await store.counts()
    await store.close()
    return {name: counts[name] for name in ("customers", "solves_left")}


async def test_whoever_waits_for_others_waits_less_than_for_the_decision(tmp_path: Path) -> None:
    log = MemoryLog()
    service = taking_apart.service(tmp_path)
    store = cast(SqliteIdentityStore, service.open_store())
    worker = service.worker(log, store)
    await log.append(taking_apart.chain(12))
    await worker.exhaust()
    said = sum((await log.ends([IDENTITIES])).values())
    ((topic, part, offset),) = await log.append([taking_apart.apart(12)])
    others = 0
    while (await log.committed(NAME)).get(Partition(topic, part), 0) <= offset:
        (other,) = await log.append([taking_apart.says(f"other-{others}", f"other{others}@b.cd")])
        await worker.step(0.01)
        others += (await log.committed(NAME)).get(other.topic_partition, 0) > other.offset
        assert others < 300
    assert others > 5
    assert sum((await log.ends([IDENTITIES])).values()) - said == 6 + others
    assert not await store.outgoing(1)
    assert await customers_of(store) == [1] * others + [6, 6]
    await worker.close()
    await store.close()


@pytest.mark.parametrize("delay_ms", [0, 15, 40, 80, 160])
async def test_a_sigkill_in_the_middle_loses_nothing(delay_ms: int, tmp_path: Path) -> None:
    taking_apart.begin_and_kill(tmp_path, delay_ms)
    log, service = SqliteLog(tmp_path / "log"), taking_apart.service(tmp_path)
    store = cast(SqliteIdentityStore, service.open_store())
    worker = service.worker(log, store)
    await worker.exhaust()
    await worker.close()
    assert await customers_of(store) == [20, 20]
    ends, told = await log.ends([IDENTITIES]), dict[RecordKey, RecordAssigned]()
    for partition, end in ends.items():
        for entry in await log.read(partition, 0, end):
            payload: RecordAssigned = decode(IDENTITIES, entry.data)
            told[payload.record] = max(payload, told.get(payload.record, payload), key=version_of)
    assert sorted(Counter(one.customer for one in told.values()).values()) == [20, 20]
    again = taking_apart.service(tmp_path / "again")
    other = again.open_store()
    replayed = again.worker(log, other)
    while await replayed.feed(0.01):
        pass
    assert await other.digest() == await store.digest()
    for one in (replayed, store, other, log):
        await one.close()


version_of = attrgetter("version")


async def customers_of(store: SqliteIdentityStore) -> list[int]:
    """How many records each customer has, the smallest first."""
    return sorted((await store.large(1)).values())


def test_what_is_left_is_kept_as_text() -> None:
    entry = Told(stamp(7), 7, "00-trace")
    left = Left({record_key("crm/1"): Why("older", entry)}, {}, Counter())
    phone, mail = identifiers_of("phone:1 email:ä:b")
    left.add(Left({}, {phone: Why("new", entry), mail: Why("new", entry)}, Counter({phone: 2})))
    again = read_left(text_of(left))
    assert (again.records, again.identifiers) == (left.records, left.identifiers)
    assert (again.lost[phone], again.lost[mail]) == (2, 0)
