"""Customers with a history and 500 live segments, while events come and time goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.ticks import tick_entry
from c360_kernel.log.topics import EVENTS, IDENTITIES, MEMBERSHIPS, PROFILES, SEGMENTS, TICKS
from c360_kernel.payload import EventTracked, ProfileChanged, RecordAssigned
from c360_kernel.projection.clock import Clock
from c360_kernel.projection.timers import Timers
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock, wall_clock_ms
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_segment.domain.segments import Segments, compile_segments
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from worlds import BATCH, append_all

from segmenting.world import DAY, NAMES, TIERS, VOCABULARY

SEGMENTS_LIVE = 500
_SAMPLE = 1_000
_EACH = 10
"""Events of a customer before those that are measured, over a hundred days."""
_LATE = 50
"""Customers whose window runs out, at moments of their own."""
_APART_MS = 120
_POLL_S = 0.002
_TOPICS = (PROFILES, EVENTS, IDENTITIES, TICKS, SEGMENTS, MEMBERSHIPS)
_RUNS_OUT = "  runs_out: {condition: {event: looked, last: 1 day}}"


def of_four_conditions() -> Segments:
    """Each with two traits, a count of events that pass a test, and no event of a kind lately."""
    return _compiled([_four(number) for number in range(SEGMENTS_LIVE - 1)])


def of_one_condition() -> Segments:
    """Half of them counters, half counts in windows: no trait keeps anybody out, so that an event
    moves its customer into and out of very many."""
    lines = list[str]()
    for number in range(SEGMENTS_LIVE // 2):
        name, least, days = NAMES[number % 3], 1 + number % 7, 1 + number % 60
        where = f"where: [{{property: amount, op: at_least, value: {number % 90}}}]"
        lines.append(f"  counted{number}: {{condition: {{event: {name}, {where}}}}}")
        count = f"count: {{at_least: {least}}}, last: {days} days"
        lines.append(f"  timed{number}: {{condition: {{event: {name}, {count}}}}}")
    return _compiled(lines[:-1])


def _four(number: int) -> str:
    tiers = f"[{TIERS[number % 4]}, {TIERS[(number + 1) % 4]}]"
    name, other = NAMES[number % 3], NAMES[(number + 1) % 3]
    where = f"where: [{{property: amount, op: at_least, value: {number % 90}}}]"
    count = f"count: {{at_least: {1 + number % 4}}}"
    return (
        f"  four{number}: {{condition: {{all: [{{trait: tier, op: in, value: {tiers}}},"
        f" {{trait: points, op: at_least, value: {number % 100}}},"
        f" {{event: {name}, {count}, {where}}},"
        f" {{not: {{event: {other}, last: {1 + number % 60} days}}}}]}}}}"
    )


def _compiled(lines: list[str]) -> Segments:
    text = "\n".join([VOCABULARY, "segments:", *lines, _RUNS_OUT])
    return compile_segments(parse_catalog(text, "benchmark"))


class Living:
    """The sample, in a store of its own that a worker feeds."""

    def __init__(self, folder: Path, segments: Segments) -> None:
        path = folder / "segment.db"
        self._log, self._stamps, self._chance = MemoryLog(), StampClock(), random.Random(4)
        self._store, self._reader = SqliteSegmentStore(path), SqliteSegmentStore(path)
        handler, clock = (
            SegmentHandler(segments),
            Clock(self._log, self._log.lease("c"), self._store),
        )
        timers = Timers("segment", self._store, handler, clock, BATCH)
        self._worker = Worker(
            "segment", _TOPICS, self._log, self._store, handler, batch=BATCH, timers=timers
        )
        self._messages = 0

    @classmethod
    @asynccontextmanager
    async def of(cls, folder: Path, segments: Segments) -> AsyncGenerator[Living]:
        """With everybody and their history handled."""
        living = cls(folder, segments)
        await append_all(living._log, living._people())
        now = wall_clock_ms()
        before = [
            living._event(now - living._chance.randrange(100 * DAY)) for _ in range(_SAMPLE * _EACH)
        ]
        await append_all(living._log, [*before, tick_entry(now)])
        await living._take()
        yield living
        await living._worker.close()
        await living._store.close()
        await living._reader.close()

    async def rate(self, events: int) -> tuple[float, float]:
        """Events a second of a core, and how many memberships each of them changes."""
        told = await self._told()
        await append_all(self._log, [self._event(wall_clock_ms()) for _ in range(events)])
        spent = await self._take()
        return events / spent, (await self._told() - told) / events

    async def visible(self, events: int) -> list[float]:
        """Milliseconds from an append until another reader has the membership, one at a time."""
        late: list[float] = []
        for _ in range(events):
            event = self._event(wall_clock_ms())
            began = time.perf_counter()
            await self._log.append([event])
            await self._take()
            await self._reader.segments_of(["c1"])
            late.append(1_000 * (time.perf_counter() - began))
        return late

    async def expiry(self) -> list[float]:
        """Milliseconds from the end of a window until another reader sees that it is over."""
        begin = wall_clock_ms() + 3_000
        ends = {f"c{_SAMPLE + n}": begin + n * _APART_MS for n in range(_LATE)}
        events = [self._looked(customer, end - DAY) for customer, end in ends.items()]
        await self._log.append(events)
        await self._take()
        stop = asyncio.Event()
        running = asyncio.create_task(self._worker.run(stop))
        late = await self._seen(ends)
        stop.set()
        await running
        return late

    async def _seen(self, ends: dict[str, int]) -> list[float]:
        late, waiting = list[float](), dict(ends)
        while waiting:
            await asyncio.sleep(_POLL_S)
            inside = await self._reader.segments_of(list(waiting))
            now = wall_clock_ms()
            for customer in [c for c, names in inside.items() if "runs_out" not in names]:
                late.append(now - waiting.pop(customer))
        return late

    async def _take(self) -> float:
        """Seconds of a processor until all is handled."""
        began = time.process_time()
        while await self._worker.step(0):
            pass
        return time.process_time() - began

    async def _told(self) -> int:
        return sum((await self._log.ends([MEMBERSHIPS])).values())

    def _people(self) -> list[NewEntry]:
        found: list[NewEntry] = []
        for number in range(_SAMPLE + _LATE):
            customer, key = f"c{number}", RecordKey("shop", f"r{number}")
            traits = {"tier": self._chance.choice(TIERS), "points": self._chance.randrange(100)}
            profile = ProfileChanged(customer, Version(0, 0), traits)
            found.append(new_entry(PROFILES, customer, profile, self._stamps.next()))
            assigned = RecordAssigned(key, customer, Version(0, 0), "")
            found.append(new_entry(IDENTITIES, str(key), assigned, self._stamps.next()))
        return found

    def _event(self, at: int) -> NewEntry:
        """One of anybody who has a history."""
        name, amount = self._chance.choice(NAMES), round(self._chance.expovariate(0.02), 2)
        return self._happened(f"r{self._chance.randrange(_SAMPLE)}", name, at, amount)

    def _looked(self, customer: str, at: int) -> NewEntry:
        return self._happened(customer.replace("c", "r"), "looked", at, 1.0)

    def _happened(self, record: str, name: str, at: int, amount: float) -> NewEntry:
        self._messages += 1
        key, message = RecordKey("shop", record), f"m{self._messages}"
        event = EventTracked(key, message, name, at, (), {"amount": amount})
        return new_entry(EVENTS, str(key), event, self._stamps.next())
