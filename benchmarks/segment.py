"""Segments: everybody at once beside DuckDB, saved ones combined, and changes while they come.

Customers and events are loaded straight into an embedded store. A segment of four conditions (two
traits, a count of events that pass a test, no event of a kind lately) is then found as a preview
finds it (`batch_ms`); baseline is plain SQL over the same rows in DuckDB, in memory (`duckdb_ms`,
null where it is not installed: `pip install duckdb`). `recombine_ms` is the slowest of an
intersection, a union and a difference of segments that are kept.

With 500 segments live, half of them over time, events of a sample of customers come in: how many a
second of one core's time (`events_per_s`), and one at a time from the append until another reader
has the membership (`visible_p99_ms`, by the clock).

    python benchmarks/segment.py --customers 100000 --events 1000000 --json
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import EVENTS, IDENTITIES, PROFILES, TICKS
from c360_kernel.payload import EventTracked, ProfileChanged, RecordAssigned
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock, wall_clock_ms
from c360_kernel.testing.entries import new_entry
from c360_kernel.testing.visibility import everything
from c360_kernel.version import Version
from c360_kernel.visibility import Visibility
from c360_segment.domain.drafts import draft_of
from c360_segment.domain.segments import Segments, compile_segments
from c360_segment.graph.matching import matching
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from figures import percentile, report
from pyroaring import BitMap, FrozenBitMap
from worlds import BATCH, append_all

_DAY = 86_400_000
_SAMPLE = 1_000
_LIVE_EVENTS = 2_000
_SINGLE = 100
_TIERS, _NAMES = ("gold", "silver", "bronze", "none"), ("bought", "looked", "called")
_HEAD = """
sources: {shop: {priority: 0}}
traits:
  tier: {type: string, tag: public}
  points: {type: int, tag: public}
events:
  bought: {properties: {amount: {type: float, tag: public}}}
  looked: {properties: {amount: {type: float, tag: public}}}
  called: {properties: {amount: {type: float, tag: public}}}
"""
CONDITION = {
    "all": [
        {"trait": "tier", "op": "in", "value": ["gold", "silver"]},
        {"trait": "points", "op": "at_least", "value": 20},
        {
            "event": "bought",
            "count": {"at_least": 2},
            "where": [{"property": "amount", "op": "at_least", "value": 50}],
        },
        {"not": {"event": "called", "last": "30 days"}},
    ]
}
_SQL = """
SELECT count(*) FROM customer c WHERE tier IN ('gold', 'silver') AND points >= 20
AND (SELECT count(*) FROM event e WHERE e.customer = c.number AND name = 'bought' AND amount >= 50)
  >= 2
AND NOT EXISTS (SELECT 1 FROM event e WHERE e.customer = c.number AND name = 'called'
  AND moment > ?)
"""
_KEPT = ("a", "b", "c", "d", "e")
_COMBINED: tuple[Callable[[FrozenBitMap, FrozenBitMap, FrozenBitMap], FrozenBitMap], ...] = (
    lambda a, b, c: a & b & c,
    lambda a, b, c: a | b | c,
    lambda a, b, c: (a - b) - c,
)


class World:
    """So many customers and events over a hundred days, the same ones every time."""

    def __init__(self, customers: int, events: int) -> None:
        self._customers, self._events, self.now = customers, events, wall_clock_ms()

    def customers(self) -> Iterator[tuple[int, str, int]]:
        """Number, tier and points."""
        chance = random.Random(1)
        for number in range(1, self._customers + 1):
            yield number, chance.choice(_TIERS), chance.randrange(100)

    def events(self) -> Iterator[tuple[int, str, int, float]]:
        """The customer's number, name, moment (ms UTC) and amount."""
        chance = random.Random(2)
        for _ in range(self._events):
            at = self.now - chance.randrange(100 * _DAY)
            owner = 1 + chance.randrange(self._customers)
            yield owner, chance.choice(_NAMES), at, round(chance.expovariate(0.02), 2)


def load(store: SqliteSegmentStore, world: World) -> None:
    """Fill the tables, and keep five segments of a third of everybody each."""
    sql, stamps = store.connection, StampClock()
    people = list(world.customers())
    sql.execute("BEGIN")
    rows = ((n, f"c{n}", json.dumps({"tier": t, "points": p})) for n, t, p in people)
    sql.executemany("INSERT INTO customer VALUES (?,?,0,0,1,?)", rows)
    of_records = ((n, f"r{n}", n) for n, *_ in people)
    sql.executemany("INSERT INTO record VALUES (?,'shop',?,?,0,0)", of_records)
    stamp = stamps.next()
    happened = (
        ("shop", f"m{place}", stamp, owner, name, at, json.dumps({"amount": amount}))
        for place, (owner, name, at, amount) in enumerate(world.events())
    )
    sql.executemany("INSERT INTO event VALUES (?,?,?,?,?,?,?)", happened)
    chance = random.Random(3)
    for segment in _KEPT:
        members = BitMap(n for n, *_ in people if chance.random() < 0.33)
        for chunk in {number >> 16 for number in members}:
            held = BitMap(members[members.rank((chunk << 16) - 1) if chunk else 0 :])
            held &= BitMap(range(chunk << 16, (chunk + 1) << 16))
            sql.execute("INSERT INTO members VALUES (?,?,?)", (segment, chunk, held.serialize()))
    sql.execute("INSERT INTO meta VALUES ('present', ?)", (str(world.now),))
    sql.execute("COMMIT")


async def batch(store: SqliteSegmentStore) -> tuple[float, int]:
    """Milliseconds until everybody in the segment is found, and how many that are."""
    catalog = parse_catalog(_HEAD, "benchmark")
    used = everything(catalog).used | coordinates_read(CONDITION)
    draft = draft_of(json.dumps(CONDITION), catalog, Visibility(used=used))
    began = time.perf_counter()
    found = await matching(store, draft, frozenset())
    return 1_000 * (time.perf_counter() - began), len(found)


async def recombine(store: SqliteSegmentStore) -> float:
    """Milliseconds of the slowest of three combinations of kept segments, sizes included."""

    slowest = 0.0
    for combined in _COMBINED:
        began = time.perf_counter()
        parts = [await store.members(one) for one in _KEPT[:3]]
        len(combined(*parts))
        slowest = max(slowest, 1_000 * (time.perf_counter() - began))
    return slowest


def in_duckdb(world: World) -> tuple[float | None, int | None]:
    """The same question in plain SQL."""
    try:
        engine: Any = importlib.import_module("duckdb")
    except ImportError:
        return None, None
    sql = engine.connect(":memory:")
    sql.execute("CREATE TABLE customer(number INTEGER, tier VARCHAR, points INTEGER)")
    sql.execute("CREATE TABLE event(customer INTEGER, name VARCHAR, moment BIGINT, amount DOUBLE)")
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("customer", world.customers()), ("event", world.events())):
            path = Path(folder) / f"{name}.csv"
            with path.open("w") as file:
                file.writelines(",".join(map(str, row)) + "\n" for row in rows)
            sql.execute(f"COPY {name} FROM '{path}' (HEADER false)")
    began = time.perf_counter()
    (found,) = sql.execute(_SQL, [world.now - 30 * _DAY]).fetchone()
    return 1_000 * (time.perf_counter() - began), found


def five_hundred() -> Segments:
    """Half of them counters, half over time."""
    lines = [_HEAD, "segments:"]
    for number in range(250):
        name, least, days = _NAMES[number % 3], 1 + number % 7, 1 + number % 60
        where = f"where: [{{property: amount, op: at_least, value: {number % 90}}}]"
        lines.append(f"  counted{number}: {{condition: {{event: {name}, {where}}}}}")
        count = f"count: {{at_least: {least}}}, last: {days} days"
        lines.append(f"  timed{number}: {{condition: {{event: {name}, {count}}}}}")
    return compile_segments(parse_catalog("\n".join(lines), "benchmark"))


def entries(stamps: StampClock) -> list[NewEntry]:
    """The sample's profiles and records."""
    found: list[NewEntry] = []
    for number in range(_SAMPLE):
        customer, key = f"c{number}", RecordKey("shop", f"r{number}")
        profile = ProfileChanged(customer, Version(0, 0), {"tier": "gold"})
        found.append(new_entry(PROFILES, customer, profile, stamps.next()))
        assigned = RecordAssigned(key, customer, Version(0, 0), "")
        found.append(new_entry(IDENTITIES, str(key), assigned, stamps.next()))
    return found


def an_event(chance: random.Random, number: int, stamps: StampClock) -> NewEntry:
    """One of anybody in the sample, of the last ten days."""
    key = RecordKey("shop", f"r{chance.randrange(_SAMPLE)}")
    at, values = wall_clock_ms() - chance.randrange(10 * _DAY), {"amount": chance.expovariate(0.02)}
    event = EventTracked(key, f"m{number}", chance.choice(_NAMES), at, (), values)
    return new_entry(EVENTS, str(key), event, stamps.next())


async def live() -> tuple[float, list[float]]:
    """Events a second of a core, and ms from append to membership of single ones."""
    stamps, log, chance = StampClock(), MemoryLog(), random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segment.db"
        store, reader = SqliteSegmentStore(path), SqliteSegmentStore(path)
        topics = (PROFILES, EVENTS, IDENTITIES, TICKS)
        handler = SegmentHandler(five_hundred())
        worker = Worker("segment", topics, log, store, handler, batch=BATCH)

        async def take() -> float:
            began = time.process_time()
            while await worker.step(0):
                pass
            return time.process_time() - began

        await append_all(log, entries(stamps))
        await take()
        some = [an_event(chance, number, stamps) for number in range(_LIVE_EVENTS)]
        await append_all(log, some)
        spent, late = await take(), list[float]()
        for number in range(_SINGLE):
            event = an_event(chance, _LIVE_EVENTS + number, stamps)
            began = time.perf_counter()
            await log.append([event])
            await take()
            await reader.segments_of(["c1"])
            late.append(1_000 * (time.perf_counter() - began))
        await worker.close()
        await store.close()
        await reader.close()
    return _LIVE_EVENTS / spent, late


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    world = World(chosen.customers, chosen.events)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        load(store, world)
        batch_ms, size = await batch(store)
        recombine_ms = await recombine(store)
        await store.close()
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    duckdb_ms, in_sql = in_duckdb(world)
    assert in_sql in (None, size), f"DuckDB finds {in_sql}, segment {size}"
    per_s, late = await live()
    figures = {
        "customers": chosen.customers,
        "events": chosen.events,
        "size": size,
        "batch_ms": round(batch_ms, 1),
        "duckdb_ms": None if duckdb_ms is None else round(duckdb_ms, 1),
        "recombine_ms": round(recombine_ms, 2),
        "events_per_s": round(per_s),
        "visible_p50_ms": round(percentile(late, 0.5), 1),
        "visible_p99_ms": round(percentile(late, 0.99), 1),
        "rss_mb": round(rss_mb),
    }
    report(figures, chosen)


if __name__ == "__main__":
    asyncio.run(main())
