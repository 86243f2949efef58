"""Computed traits: events a second with 50 of them live, and how late windows run out.

One embedded profile store, fed by its own worker from an embedded log that holds all events
already. Half of the traits have windows. Baseline: the same events with no computed traits, which
then go to the timeline alone. What is compared is processor time; `events_per_s` is what a core
does of it. `cold_events_per_s` are the same with nothing in memory, each customer's history read.

Then windows run out by a real clock: how long after its moment the changed profile is in the log.

    python benchmarks/traits.py --json --size 100000
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import EVENTS, IDENTITIES, PROFILES, RECORDS, TICKS
from c360_kernel.payload import EventTracked, RecordAssigned
from c360_kernel.projection.clock import Clock
from c360_kernel.projection.timers import Timers
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock, stamp_ms, wall_clock_ms
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.computed.tallies import Tally
from c360_profile.domain.golden import GoldenRules
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from figures import options, percentile, report
from worlds import BATCH, append_all

A_CUSTOMER = 50
"""Events of each customer."""
RUNNING_OUT = 2_000
_DAY = 86_400_000
_MINUTE = 60_000
_EVENTS = ("order_completed", "page_viewed", "cart_updated", "mail_opened", "call_made")
_KINDS = (
    "kind: count", "kind: sum, property: amount", "kind: average, property: amount",
    "kind: max, property: amount", "kind: last", "kind: most_frequent, property: category",
    "kind: unique_count, property: category", "kind: first, property: category",
    "kind: unique_list, property: category", "kind: min, property: amount",
)  # fmt: skip
_WINDOWS = ("", ", last: 30 days", "", ", this: month, zone: Asia/Shanghai")


def catalog(traits: int) -> Catalog:
    """One with so many computed traits, over five events."""
    lines = ["sources: {shop: {priority: 0}}", "events:"]
    of_each = "{amount: {type: float, tag: financial}, category: {type: string, tag: behaviour}}"
    lines += [f"  {name}: {{properties: {of_each}}}" for name in _EVENTS]
    lines += ["computed:"] if traits else []
    for number in range(traits):
        event, kind = _EVENTS[number // len(_KINDS) % len(_EVENTS)], _KINDS[number % len(_KINDS)]
        window = _WINDOWS[(number + number // len(_KINDS)) % len(_WINDOWS)]
        lines.append(f"  t{number}: {{{kind}, event: {event}{window}, tag: behaviour}}")
    return parse_catalog("\n".join(lines), "benchmark")


def assignments(customers: int, stamps: StampClock) -> list[NewEntry]:
    """Who each record is."""
    found = [RecordAssigned(_key(n), f"c{n}", Version(0, 1), "") for n in range(customers)]
    return [new_entry(IDENTITIES, str(one.record), one, stamps.next()) for one in found]


def events(size: int, customers: int, stamps: StampClock) -> list[NewEntry]:
    """So many events over a hundred days, the same ones every time, in no order of customers."""
    chance, now = random.Random(16), wall_clock_ms()
    made: list[NewEntry] = []
    for number in range(size):
        at = now - 100 * _DAY + 100 * _DAY * number // size - chance.randrange(_DAY)
        values = {
            "amount": round(chance.expovariate(0.02), 2),
            "category": chance.choice(("tea", "ink", "paper", "shoes", "books")),
        }
        name = chance.choice(_EVENTS)
        key = _key(chance.randrange(customers))
        event = EventTracked(key, f"m{number}", name, at, (), values)
        made.append(new_entry(EVENTS, str(key), event, stamps.next()))
    return made


def _key(number: int) -> RecordKey:
    return RecordKey("shop", f"r{number}")


class Fed:
    """A store and the worker that feeds it from a log."""

    def __init__(self, path: Path, log: MemoryLog, known: Catalog) -> None:
        self.log = log
        self.store = SqliteProfileStore(path)
        handler = ProfileHandler(GoldenRules(known, Normalizers(known).normalize))
        clock = Clock(log, log.lease("clock"), self.store)
        self.timers = Timers("profile", self.store, handler, clock, BATCH)
        topics = (RECORDS, EVENTS, IDENTITIES, TICKS)
        self.worker = Worker(
            "profile", topics, log, self.store, handler, batch=BATCH, timers=self.timers
        )

    async def take(self) -> float:
        """Seconds of processors until all that the log holds is handled."""
        began = time.process_time()
        while await self.worker.step(0):
            pass
        return time.process_time() - began

    async def close(self) -> None:
        """Let go of the file."""
        await self.worker.close()
        await self.store.close()


async def rates(size: int, traits: int) -> Mapping[str, float]:
    """Events a second of a core, warm and cold, and bytes on disk for each customer."""
    customers, stamps, log = max(size // A_CUSTOMER, 1), StampClock(), MemoryLog()
    with tempfile.TemporaryDirectory() as folder:
        path, known = Path(folder) / "profile.db", catalog(traits)
        fed = Fed(path, log, known)
        await append_all(log, assignments(customers, stamps))
        await fed.take()
        await append_all(log, events(size, customers, stamps))
        warm = await fed.take()
        counted = _bytes(Path(folder))
        await fed.close()
        memory = await _memory(path, known, customers)
        cold = await _cold(path, log, known, _further(size, customers, stamps))
    return {
        "per_s": size / warm,
        "cold_per_s": cold,
        "bytes": counted / customers,
        "memory": memory,
    }


def _bytes(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.iterdir())


async def _memory(path: Path, known: Catalog, customers: int) -> float:
    """Bytes that what is held in memory of a customer takes."""
    rules, store = ComputedRules(known), SqliteProfileStore(path)
    happened = await store.happened([_key(n) for n in range(customers)], rules.by_event.keys())
    await store.close()
    tracemalloc.start()
    held = {key: Tally(rules, events) for key, events in happened.items()}
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / max(len(held), 1)


def _further(size: int, customers: int, stamps: StampClock) -> list[NewEntry]:
    """One more event of every customer, each with all its history."""
    made: list[NewEntry] = []
    for number in range(customers):
        values = {"amount": 1.0, "category": "tea"}
        name = _EVENTS[number % len(_EVENTS)]
        event = EventTracked(_key(number), f"n{number}", name, wall_clock_ms(), (), values)
        made.append(new_entry(EVENTS, str(event.record), event, stamps.next()))
    return made


async def _cold(path: Path, log: MemoryLog, known: Catalog, more: Sequence[NewEntry]) -> float:
    fed = Fed(path, log, known)
    await append_all(log, more)
    spent = await fed.take()
    await fed.close()
    return len(more) / spent


async def lateness() -> list[float]:
    """Of windows that run out while a worker and a clock run: ms until the log tells it."""
    stamps, log, now = StampClock(), MemoryLog(), wall_clock_ms()
    text = "sources: {shop: {priority: 0}}\nevents: {seen: {}}\ncomputed:\n"
    known = parse_catalog(
        f"{text}  lately: {{kind: count, event: seen, last: 1 minute, tag: behaviour}}", "benchmark"
    )
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        fed = Fed(Path(folder) / "profile.db", log, known)
        await append_all(log, assignments(RUNNING_OUT, stamps))
        for number in range(RUNNING_OUT):
            at = now - _MINUTE + 6_000 + chance.randrange(10_000)
            event = EventTracked(_key(number), f"m{number}", "seen", at)
            await log.append([new_entry(EVENTS, str(event.record), event, stamps.next())])
        await fed.take()
        stop = asyncio.Event()
        working = asyncio.create_task(fed.worker.run(stop))
        late = await _told_late(log)
        stop.set()
        await working
        await fed.store.close()
    return late


async def _told_late(log: MemoryLog) -> list[float]:
    late: list[float] = []
    seen = dict(await log.ends([PROFILES]))
    end_at = time.monotonic() + 60
    while len(late) < RUNNING_OUT and time.monotonic() < end_at:
        await log.changed(0.05)
        for place, end in (await log.ends([PROFILES])).items():
            told = (
                await log.read(place, seen[place], end - seen[place]) if end > seen[place] else ()
            )
            seen[place] = end
            late += [wall_clock_ms() - stamp_ms(one.stamp) for one in told]
    return late


async def main() -> None:
    """Print the figures."""
    chosen = options(__doc__ or "", 50_000)
    with_traits, without = await rates(chosen.size, 50), await rates(chosen.size, 0)
    late = await lateness()
    figures = {
        "events_per_s": round(with_traits["per_s"]),
        "baseline_events_per_s": round(without["per_s"]),
        "ratio": round(with_traits["per_s"] / without["per_s"], 3),
        "cold_events_per_s": round(with_traits["cold_per_s"]),
        "bytes_per_customer": round(with_traits["bytes"]),
        "baseline_bytes_per_customer": round(without["bytes"]),
        "memory_bytes_per_customer": round(with_traits["memory"]),
        "events_per_customer": A_CUSTOMER,
        "expired": len(late),
        "expiry_late_p50_ms": percentile(late, 0.5),
        "expiry_late_p99_ms": percentile(late, 0.99),
    }
    report(figures, chosen)


if __name__ == "__main__":
    asyncio.run(main())
