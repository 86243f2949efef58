"""Identity alone, embedded: its worker on a log and a store of its own, and two who write to it.

One sends the records of two customers, who become one by a decision and two again by another that
takes it back; the other is somebody else's connector all the while, and waits for identity after
each record that it sends.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from c360_identity.bootstrap import NAME, build
from c360_identity.settings import IdentitySettings
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry, Position
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import DECISIONS, RECORDS
from c360_kernel.payload import DecisionKind, DecisionMade, RecordUpserted
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock, stamp_ms

from c360_cli.running.tuning import tune_process
from largest.records import Shape
from largest.waiting import Waits

_BATCH = 500
_PART = 10_000
_PAUSE_S = 0.02
_ASK_S = 0.004
_KEY = b"a key of the benchmark, long enough"
_DECISIONS: Mapping[str, DecisionKind] = {"joining": "same", "taking_apart": "undo"}
_clock = StampClock()


def measured(size: int, shape: Shape, directory: Path) -> Mapping[str, object]:
    """Grow it, join its halves, take it apart; see `waits` of each for what others waited."""
    tune_process()
    failed: list[BaseException] = []
    # Nobody reads what it says here, so that nothing of it waits for readers.
    service = replace(build(IdentitySettings(data=directory), _catalog(size), _KEY), followers=())
    thread = WorkerThread(service, partial(SqliteLog, directory), failed.append)
    thread.start()
    try:
        return asyncio.run(_measured(size, shape, directory))
    finally:
        thread.stop()
        assert not failed, failed


async def _measured(size: int, shape: Shape, directory: Path) -> Mapping[str, object]:
    log, waits = SqliteLog(directory), Waits()
    told: dict[str, Any] = {}
    with _somebody_else(directory, waits):
        began, spent, parts = time.perf_counter(), time.process_time(), list[Mapping[str, float]]()
        for start in range(0, size, _BATCH):
            numbers = range(start, min(size, start + _BATCH))
            await _done(log, await log.append([_record(shape, n, size) for n in numbers]))
            if numbers.stop % _PART == 0:
                parts.append({"records": numbers.stop, **_since(began, spent)})
                began, spent = time.perf_counter(), time.process_time()
        told |= {"growth": parts, "waits_growing": waits.told(), "rss_mb_grown": rss_mb()}
        for name, kind in _DECISIONS.items():
            began, spent = time.perf_counter(), time.process_time()
            await _done(log, await log.append([_decided(kind, size)]))
            told[name] = {**_since(began, spent), "waits": waits.told(), "rss_mb": rss_mb()}
    await log.close()
    return told


def rss_mb() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _since(began: float, spent: float) -> Mapping[str, float]:
    """Seconds by the clock, and of processors."""
    walls, cpu = time.perf_counter() - began, time.process_time() - spent
    return {"s": round(walls, 2), "cpu_s": round(cpu, 2)}


def _catalog(size: int) -> Catalog:
    """The default one, by which so many may be let in by one telephone on purpose."""
    catalog = default_catalog()
    phone = replace(catalog.identifiers["phone"], fan=2 * size)
    return replace(catalog, identifiers={**catalog.identifiers, "phone": phone})


def _record(shape: Shape, number: int, size: int) -> NewEntry:
    """A record of the first half, or of the second."""
    half = size // 2
    told = (shape if number < half else shape.starting(half)).record(number)
    carried: Any = told["identifiers"]
    identifiers = [Identifier(one["type"], one["value"]) for one in carried]
    traits: Any = told["traits"]
    key = RecordKey("crm", f"r{number}")
    return _entry(RECORDS, str(key), RecordUpserted(key, 1, 1, False, (*identifiers,), traits))


def _decided(kind: DecisionKind, size: int) -> NewEntry:
    """An undo that names nothing takes back what stands."""
    a, b = RecordKey("crm", "r0"), RecordKey("crm", f"r{size // 2}")
    return _entry(DECISIONS, str(a), DecisionMade(kind, kind, a, b, "", "ann", "measured"))


def _entry(topic: str, key: str, payload: Any) -> NewEntry:  # noqa: ANN401 - of any topic
    stamp = _clock.next()
    named = (topic, key, stamp, f"c360.{topic}.v1", "c360/benchmark", key, stamp_ms(stamp))
    return NewEntry(*named, stamp=stamp, data=encode(payload))


async def _done(log: SqliteLog, positions: Sequence[Position]) -> None:
    """Return once identity has told that it is past these."""
    while True:
        committed = await log.committed(NAME)
        if all(committed.get(one.topic_partition, 0) > one.offset for one in positions):
            return
        await asyncio.sleep(_ASK_S)


@contextmanager
def _somebody_else(directory: Path, waits: Waits) -> Generator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_write(directory, waits, stop)))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


async def _write(directory: Path, waits: Waits, stop: threading.Event) -> None:
    log, number = SqliteLog(directory), 0
    while not stop.is_set():
        key = RecordKey("web", f"w{number}")
        carried = (Identifier("email", f"w{number // 2}@example.org"),)
        payload = RecordUpserted(key, 1, 1, False, carried, {"name": f"Other {number}"})
        with waits.waiting():
            await _done(log, await log.append([_entry(RECORDS, str(key), payload)]))
        number += 1
        await asyncio.sleep(_PAUSE_S)
    await log.close()
