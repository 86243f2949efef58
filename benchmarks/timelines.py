"""First pages of the timeline of a customer of very many events, in one embedded store.

Baseline: all its events read and sorted by bare SQLite, without an index of their time.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from c360_profile.domain.assignment import Assignment
from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.record import SourceRecord
from c360_profile.store.sqlite import SqliteProfileStore
from figures import latencies, percentile, told

_CUSTOMER = "0" * 32
_RECORDS = 5
_AT_ONCE = 5_000
_PAGE = 21
_ASKED = 100
_SCANNED = 3
_NAMES = ("page_viewed", "product_viewed", "order_completed")
_WINDOWS = (Window(limit=_PAGE), Window(("order_completed",), limit=_PAGE))


async def timelines(events: int) -> Mapping[str, float]:
    """Milliseconds of first pages, all events and those of one name, and of the baseline."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.db"
        store = SqliteProfileStore(path)
        await _fill(store, events)
        asked = [partial(store.timeline, [_CUSTOMER], window) for window in _WINDOWS]
        taken = await latencies(asked * _ASKED)
        await store.close()
        scanned = _scanned(path)
    return {**told("timeline", taken), "timeline_scan_p50_ms": percentile(scanned, 0.5)}


async def _fill(store: SqliteProfileStore, events: int) -> None:
    keys = [RecordKey("web", f"{n}") for n in range(_RECORDS)]
    owned = Assignment(_CUSTOMER, Version(0, 1))
    async with store.unit() as unit:
        await unit.save_records([replace(SourceRecord(key), assignment=owned) for key in keys])
    chance = random.Random(15)
    for start in range(0, events, _AT_ONCE):
        some = [_event(chance, keys, n) for n in range(start, min(events, start + _AT_ONCE))]
        async with store.unit() as unit:
            await unit.keep_events(some)


def _event(chance: random.Random, keys: list[RecordKey], number: int) -> Event:
    said = {"page": f"/p/{chance.randrange(1_000)}", "amount": float(chance.randrange(500))}
    at = 1_700_000_000_000 + chance.randrange(10**10)
    return Event(
        chance.choice(keys), f"m{number}", chance.choice(_NAMES), at, f"{number:012}", said
    )


def _scanned(path: Path) -> list[float]:
    connection = sqlite3.connect(path)
    taken: list[float] = []
    for _ in range(_SCANNED):
        began = time.perf_counter()
        sql = "SELECT * FROM event NOT INDEXED ORDER BY occurred_at DESC LIMIT 21"
        connection.execute(sql).fetchall()
        taken.append(1_000 * (time.perf_counter() - began))
    connection.close()
    return taken
