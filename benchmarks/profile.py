"""Lists, search and look-ups by id over many golden profiles, in one embedded store.

Who is asked about is made by `people.py`, what is asked by `asking.py`. Baselines are the same
questions as plain SQL: a scan of every customer's golden traits as JSON for filters, one of names
and addresses with LIKE for searches, and a read of one row for a profile by id. What records change
is told by `updating.py`, a long timeline by `timelines.py`, with their baselines.

    python benchmarks/profile.py --json --size 1000000
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from asking import ORDERS, TIED, Asked, by_facts, by_traits, everybody, lists, searches
from c360_kernel.conditions.tree import ValueTest
from c360_profile.domain.customer import Customer
from c360_profile.domain.search.search import Search
from c360_profile.store.sqlite import SqliteProfileStore
from figures import Question, latencies, options, percentile, report, told
from people import customers, fill
from timelines import timelines
from updating import updates

PAGE = 21
ASKED = 300
SCANNED = 5
COUNTED = (ValueTest("loyaltyTier", "equals", "silver"),)
UPDATED = 20_000
LIVED = 200_000
"""So many events has the customer whose timeline is read."""


def scans(path: Path, some: Sequence[Customer], made: Callable[..., list[str]]) -> list[float]:
    """Milliseconds of plain SQL over every customer, for a few of the questions."""
    connection = sqlite3.connect(path)
    taken: list[float] = []
    for one in some[:SCANNED]:
        for sql in made(one):
            began = time.perf_counter()
            connection.execute(sql).fetchall()
            taken.append(1_000 * (time.perf_counter() - began))
    connection.close()
    return taken


def scanned_filters(one: Customer) -> list[str]:
    """A filter with an order, and one without."""
    city = f"json_extract(traits, '$.city') = '{one.traits['city']}'"
    spend = "json_extract(traits, '$.totalSpend')"
    found = f"SELECT id, traits FROM customer WHERE NOT ended AND {city} ORDER BY"
    return [f"{found} {spend} DESC, id LIMIT {PAGE}", f"{found} id LIMIT {PAGE}"]


def scanned_texts(one: Customer) -> list[str]:
    """Whose name or address holds the words."""
    name, address = one.traits["name"], one.traits["address"]
    held = "json_extract(traits, '$.name') LIKE '%{}%'"
    place = f"json_extract(traits, '$.address') LIKE '%{address}%'"
    wanted = f"NOT ended AND {held.format(name)} AND {place}"
    return [f"SELECT id, traits FROM customer WHERE {wanted} ORDER BY id LIMIT {PAGE}"]


async def measured(store: SqliteProfileStore, path: Path, size: int) -> Mapping[str, Any]:
    """All figures of a store that is filled."""
    some = random.Random(3).sample(list(itertools.islice(customers(size), 20_000)), 200)
    by_id: list[Question] = [lambda one=one: store.customers([one.id]) for one in [*some] * 5]
    counted: list[Question] = [lambda one=one: store.count(one) for one in COUNTED]
    return {
        **await of_kinds("filter", pages(store, lists(ASKED, some, by_traits, ORDERS))),
        "filter_scan_p50_ms": percentile(scans(path, some, scanned_filters), 0.5),
        **await of_kinds("filter_tied", pages(store, lists(ASKED, some, by_traits, TIED))),
        **await of_kinds(
            "filter_backwards",
            pages(store, lists(ASKED, some, by_traits, (*ORDERS, *TIED), backwards=True)),
        ),
        **await of_kinds("filter_facts", pages(store, lists(ASKED, some, by_facts, ORDERS))),
        **await of_kinds("no_filter", pages(store, lists(100, some, everybody, (*ORDERS, *TIED)))),
        **await of_kinds("text_search", sought(store, searches(ASKED, some))),
        "text_search_scan_p50_ms": percentile(scans(path, some, scanned_texts), 0.5),
        **told("profile", await latencies(by_id)),
        "profile_row_p99_ms": percentile(rows_by_id(path, some), 0.99),
        "count_of_a_third_ms": (await latencies(counted)).wall[0],
    }


Kinds = Sequence[tuple[str, Question]]


def pages(store: SqliteProfileStore, asked: Sequence[Asked]) -> Kinds:
    """Each question as it is asked of the store."""
    return [(one.kind, lambda one=one: store.page(one.query, PAGE)) for one in asked]


def sought(store: SqliteProfileStore, asked: Sequence[tuple[str, Search]]) -> Kinds:
    """Each search as it is asked of the store."""
    return [(kind, lambda one=one: store.found(one, PAGE)) for kind, one in asked]


async def of_kinds(name: str, asked: Kinds) -> Mapping[str, Any]:
    """Figures of all questions, and the longest processor time of each kind of them."""
    questions = [question for _, question in asked]
    # What a process does once, as reading tables of characters, is none of theirs.
    await latencies(questions[:20])
    taken = await latencies(questions)
    longest: dict[str, float] = {}
    for (kind, _), spent in zip(asked, taken.cpu, strict=True):
        longest[kind] = max(longest.get(kind, 0.0), round(spent, 1))
    return {**told(name, taken), f"{name}_cpu_max_ms": longest}


def rows_by_id(path: Path, some: Sequence[Customer]) -> list[float]:
    """Milliseconds of reading one row by its key, without anything around it."""
    connection = sqlite3.connect(path)
    taken: list[float] = []
    for one in [*some] * 5:
        began = time.perf_counter()
        connection.execute("SELECT * FROM customer WHERE id = ?", (one.id,)).fetchall()
        taken.append(1_000 * (time.perf_counter() - began))
    connection.close()
    return taken


def room_taken(path: Path) -> Mapping[str, float]:
    """Megabytes on disk, of the whole."""
    whole = sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))
    return {"disk_mb": round(whole / 1e6, 1)}


async def run(size: int, kept: Path | None) -> dict[str, Any]:
    """Fill a store and ask it; one that is kept is filled once."""
    with tempfile.TemporaryDirectory() as folder:
        path = (kept or Path(folder)) / "profile.db"
        is_filled = path.exists()
        store = SqliteProfileStore(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = 0.0 if is_filled else await fill(store, size)
        figures = await measured(store, path, size)
        room = room_taken(path)
        await store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    changed = {**await timelines(LIVED), **await updates(UPDATED)}
    return {
        "profiles": size,
        **{
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in {**figures, **changed}.items()
        },
        **room,
        "peak_memory_mb": round(peak / 1_000, 1),
        "memory_before_mb": round(before / 1_000, 1),
        "written_cpu_us_each": round(seconds / size * 1e6, 1),
    }


if __name__ == "__main__":
    chosen = options("Lists, search and look-ups over many profiles", 100_000, kept=True)
    report(json.loads(json.dumps(asyncio.run(run(chosen.size, chosen.data)))), chosen)
