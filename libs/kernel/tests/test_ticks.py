"""Time on the log: a clock that ticks only for what is due, and projections that read it."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from c360_kernel import metrics
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.port import EventLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.ticks import last_tick, present, tick_entry
from c360_kernel.log.topics import EVENTS, TICKS
from c360_kernel.projection.clock import INTERVAL_MS, Clock
from c360_kernel.projection.schedule import Waiting
from c360_kernel.projection.service import Projection
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection, SqliteUnit
from c360_kernel.testing.timers import (
    GROUP,
    OpenTimed,
    Reminders,
    TimersContract,
    closing,
    event_entry,
    instance,
    reminders_by,
)

IDLE_S = 1.0
ROOT = Path(__file__).parents[3]
NOW_MS = 1_000_000


class Store(SqliteProjection):
    """A projection that keeps nothing but what it waits for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEDULE, "mend it")

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteUnit]:
        unit = SqliteUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit


class Wall:
    """A wall clock that somebody moves."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "timed.db")
    yield made
    made.connection.close()


async def schedule(store: Store, *dues: int) -> None:
    async with store.unit() as unit:
        for due in dues:
            unit.schedule(due, "k")


async def take(store: Store, log: EventLog) -> None:
    async with store.unit() as unit:
        await unit.tick(max(await ticks(log), default=0))
    async with store.unit() as unit:
        await unit.take_due(99)


async def ticks(log: EventLog) -> list[int]:
    ends = await log.ends([TICKS])
    entries = [e for place, end in ends.items() for e in await log.read(place, 0, end)]
    return [decode(TICKS, entry.data).at for entry in entries]


class TestASqliteProjection(TimersContract):
    @pytest.fixture
    def open_timed(self, tmp_path: Path) -> OpenTimed:
        numbers = itertools.count()
        return lambda: closing(Store(tmp_path / f"{next(numbers)}.db"))


async def test_a_clock_says_nothing_while_nothing_is_due(
    log: MemoryLog, store: Store, wall: Wall
) -> None:
    clock = Clock(log, log.lease("clock"), store, wall)
    assert await clock.tick(IDLE_S) == IDLE_S
    await schedule(store, NOW_MS + 400, NOW_MS + 90_000)
    assert await clock.tick(IDLE_S) == 0.4
    assert await ticks(log) == []
    wall.ms += 400
    await clock.tick(IDLE_S)
    assert await ticks(log) == [NOW_MS + 400]


async def test_a_clock_ticks_once_for_what_is_due(log: MemoryLog, store: Store, wall: Wall) -> None:
    clock = Clock(log, log.lease("clock"), store, wall)
    before = metrics.TICKS.value()
    await schedule(store, NOW_MS - 7, NOW_MS)
    for _ in range(5):
        await clock.tick(IDLE_S)
        wall.ms += INTERVAL_MS
    assert await ticks(log) == [NOW_MS]
    assert metrics.TICKS.value() == before + 1


async def test_a_clock_waits_out_what_is_left_of_the_pause_after_the_tick_of_another(
    log: MemoryLog, store: Store, wall: Wall
) -> None:
    await log.append([tick_entry(NOW_MS - 100)])
    await schedule(store, NOW_MS - 50)
    clock = Clock(log, log.lease("clock"), store, wall)
    assert await clock.tick(IDLE_S) == (INTERVAL_MS - 100) / 1000
    assert await ticks(log) == [NOW_MS - 100]
    wall.ms += INTERVAL_MS - 100
    assert await clock.tick(IDLE_S) == INTERVAL_MS / 1000
    assert sorted(await ticks(log)) == [NOW_MS - 100, wall.ms]


async def test_all_clocks_together_tick_at_most_four_times_a_second(
    log: MemoryLog, tmp_path: Path, wall: Wall
) -> None:
    stores = [Store(tmp_path / f"{n}.db") for n in range(3)]
    clocks = [Clock(log, log.lease(f"clock-{n}"), s, wall) for n, s in enumerate(stores)]
    for _ in range(300):
        for clock, store in zip(clocks, stores, strict=True):
            await schedule(store, wall.ms)
            assert await clock.tick(IDLE_S) <= INTERVAL_MS / 1000
            await take(store, log)
        wall.ms += 10
    found = await ticks(log)
    assert 11 <= len(found) <= 12
    assert all(later - at >= INTERVAL_MS for at, later in itertools.pairwise(found))


async def test_of_several_clocks_one_ticks(log: MemoryLog, store: Store, wall: Wall) -> None:
    first, second = (Clock(log, log.lease("clock"), store, wall) for _ in range(2))
    await schedule(store, NOW_MS + 1)
    await first.tick(IDLE_S)
    wall.ms += 1
    assert await second.tick(IDLE_S) == IDLE_S
    assert await ticks(log) == []
    await first.close()
    await second.tick(IDLE_S)
    assert await ticks(log) == [NOW_MS + 1]


async def test_a_worker_with_a_clock_wakes_by_itself(log: MemoryLog, store: Store) -> None:
    """The whole way: an event is handled, the clock ticks, the tick is read, the handler woken."""
    reminders = Reminders()
    timed = Projection(
        name=GROUP, topics=(EVENTS, TICKS), open_store=lambda: store, handler=reminders
    )
    worker = timed.worker(log, store)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await log.append([event_entry("a", 5)])
    async with asyncio.timeout(60):
        # The second is scheduled by the first.
        while await instance(log, store).reminded() != reminders_by([("a", 5)], 10_000):
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert len(await ticks(log)) == 1
    assert (await store.waiting()).due is None


async def test_a_projection_without_ticks_asks_nothing_of_its_store(
    log: MemoryLog, tmp_path: Path
) -> None:
    class Untimed:
        async def handle(self, unit: SqliteUnit, entries: Sequence[Entry]) -> None:
            assert all(entry.topic == EVENTS for entry in entries)

    class Bare(Store):
        async def waiting(self) -> Waiting:
            raise AssertionError

    bare = Bare(tmp_path / "bare.db")
    plain = Projection(name="plain", topics=(EVENTS,), open_store=lambda: bare, handler=Untimed())
    worker, stop = plain.worker(log, bare), asyncio.Event()
    await log.append([event_entry("a", 5), tick_entry(9)])
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(60):
        while not await bare.positions():
            await asyncio.sleep(0.01)
    stop.set()
    await running
    await bare.close()


def schedule_and_kill(folder: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "libs.kernel.tests.killed_before_tick", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"scheduled\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()


async def test_a_sigkill_between_schedule_and_tick_loses_nothing(tmp_path: Path) -> None:
    schedule_and_kill(tmp_path)
    log, store = SqliteLog(tmp_path / "log"), Store(tmp_path / "timed.db")
    assert await ticks(log) == []
    await log.append([tick_entry(NOW_MS)])
    there = instance(log, store)
    await there.work()
    assert await there.reminded() == reminders_by([("a", 5), ("b", 6)], NOW_MS)
    await there.worker.close()
    await store.close()
    await log.close()


async def test_the_last_tick_is_the_latest(log: MemoryLog) -> None:
    assert await last_tick(log) is None
    assert present([]) == 0
    await log.append([tick_entry(5), tick_entry(9)])
    last = await last_tick(log)
    assert last is not None
    assert last.id == "ticks:9"
    assert last.topic_partition in await log.ends([TICKS])
