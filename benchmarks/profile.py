"""Lists, search and look-ups by id over many golden profiles, in one embedded store.

Profiles are written with the store's own unit of work, the indexes kept up with them. Baselines
are the same questions as plain SQL: a scan of every customer's golden traits as JSON for filters,
one of names and addresses with LIKE for searches, and a read of one row for a profile by id.
What records change is told by `updating.py`, a long timeline by `timelines.py`, with their
baselines.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from c360_kernel.conditions.tree import All, ValueCondition, ValueTest
from c360_kernel.record import TraitValue
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order, Orders, Place
from c360_profile.domain.search.search import Search, texts_of
from c360_profile.domain.search.wanted import wanted_of
from c360_profile.store.port import CustomerChange
from c360_profile.store.sqlite import SqliteProfileStore
from figures import Question, latencies, options, percentile, report, told
from timelines import timelines
from updating import updates

PAGE = 21
BATCH = 2_000
ASKED = 300
SCANNED = 5
UPDATED = 20_000
LIVED = 200_000
"""So many events has the customer whose timeline is read."""
SEARCHED = ("name", "address", "city")
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力鹏雪飞玲"
_FIRST = ("Anna", "John", "Maria", "Peter", "Julia", "Thomas", "Laura", "Daniel", "Sophie", "Emma")
_LAST = ("Johnson", "Smith", "Miller", "Garcia", "Fischer", "Novak", "Rossi", "Dubois", "Larsen")
_CITIES = [f"{a}{b}市" for a in "北南东西上海广成武天" for b in "京海州都汉津安门宁阳"]
_ROADS = [f"{a}{b}路" for a in "建中人和长解延平" for b in "国山民安江放庆华"]
_TIERS = ["bronze", "silver", "gold", "platinum"]


def customers(size: int) -> Iterator[Customer]:
    """So many live customers, the same ones every time."""
    chance = random.Random(15)
    for _ in range(size):
        name = (
            chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
            if chance.random() < 0.7
            else f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        )
        traits: dict[str, TraitValue] = {
            "name": name,
            "city": chance.choice(_CITIES),
            "address": f"{chance.choice(_ROADS)}{chance.randrange(2_000)}号",
            "phone": f"+86139{chance.randrange(10**8):08}",
            "loyaltyTier": chance.choices(_TIERS, (60, 30, 9, 1))[0],
            "loyaltyPoints": int(chance.expovariate(0.001)),
            "totalSpend": round(chance.expovariate(0.0005), 2),
        }
        yield Customer(f"{chance.getrandbits(128):032x}", 1, traits)


async def fill(store: SqliteProfileStore, size: int) -> float:
    """Seconds of CPU that it takes to write them all."""
    began, made = time.process_time(), customers(size)
    while batch := list(itertools.islice(made, BATCH)):
        async with store.unit() as unit:
            await unit.save_customers([CustomerChange(one, ()) for one in batch])
            await unit.seek_by({one.id: texts_of(one.traits, SEARCHED) for one in batch})
    return time.process_time() - began


def conditions(chance: random.Random, some: Sequence[Customer]) -> list[ValueCondition]:
    """Filters of every kind, by values that customers have."""
    one, other = chance.choice(some).traits, chance.choice(some).traits
    city = ValueTest("city", "equals", one["city"])
    tier = ValueTest("loyaltyTier", "equals", other["loyaltyTier"])
    return [
        ValueTest("phone", "equals", one["phone"]),
        city,
        tier,
        ValueTest("name", "starts_with", str(one["name"])[:2]),
        ValueTest("loyaltyPoints", "at_least", 8_000),
        ValueTest("totalSpend", "less_than", 10.0),
        All((city, tier)),
        All((city, ValueTest("loyaltyPoints", "at_least", 3_000))),
        All((city, tier, ValueTest("totalSpend", "greater_than", 5_000.0))),
        ValueTest("city", "in", (one["city"], other["city"])),  # type: ignore[arg-type]
    ]


ORDERS: Sequence[Orders] = (
    (),
    (Order("totalSpend", descending=True),),
    (Order("name"),),
    (Order("loyaltyPoints", descending=True), Order("name")),
)


def texts(chance: random.Random, some: Sequence[Customer]) -> list[str]:
    """What people type who look for somebody."""
    one = chance.choice(some).traits
    name, city, address = (str(one[trait]) for trait in SEARCHED[:1] + ("city", "address"))
    place = chance.randrange(1, len(name))
    mistyped = name[:place] + name[place + 1 :] if name.isascii() else name
    return [name, f"{city} {name}", f"{name} {address}", address, mistyped, name[:1], "wangwei"]


def filters(store: SqliteProfileStore, some: Sequence[Customer]) -> list[Question]:
    """First pages, and pages further in."""
    chance = random.Random(1)
    asked: list[Question] = []
    while len(asked) < ASKED:
        for condition in conditions(chance, some):
            orders = chance.choice(ORDERS)
            at = chance.choice(some)
            place = Place(tuple([at.traits.get(one.trait) for one in orders]), at.id)
            after = place if chance.random() < 0.5 else None
            query = CustomerQuery(condition, orders, after)
            asked.append(lambda query=query: store.page(query, PAGE))
    return asked


def searches(store: SqliteProfileStore, some: Sequence[Customer]) -> list[Question]:
    """First pages of searches."""
    chance, asked = random.Random(2), list[Question]()
    while len(asked) < ASKED:
        for text in texts(chance, some):
            search = Search(wanted_of(text), SEARCHED)
            asked.append(lambda search=search: store.found(search, PAGE))
    return asked


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


async def measured(store: SqliteProfileStore, path: Path, size: int) -> Mapping[str, float]:
    """All figures of a store that is filled."""
    some = random.Random(3).sample(list(itertools.islice(customers(size), 20_000)), 200)
    by_id: list[Question] = [lambda one=one: store.customers([one.id]) for one in [*some] * 5]
    await latencies([*filters(store, some)[:20], *searches(store, some)[:20]])
    filtered, sought = await latencies(filters(store, some)), await latencies(searches(store, some))
    profiles = await latencies(by_id)
    figures = {
        **told("filter", filtered),
        "filter_scan_p50_ms": percentile(scans(path, some, scanned_filters), 0.5),
        **told("text_search", sought),
        "text_search_scan_p50_ms": percentile(scans(path, some, scanned_texts), 0.5),
        **told("profile", profiles),
        "profile_row_p99_ms": percentile(rows_by_id(path, some), 0.99),
    }
    began = time.perf_counter()
    await store.count(ValueTest("loyaltyTier", "equals", "silver"))
    return {**figures, "count_of_a_third_ms": 1_000 * (time.perf_counter() - began)}


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


def room_taken(path: Path) -> dict[str, Any]:
    """Megabytes on disk, of the whole and of each index, as far as SQLite tells."""
    whole = sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))
    return {"disk_mb": round(whole / 1e6, 1)}


async def run(size: int) -> dict[str, Any]:
    """Fill a store and ask it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.db"
        store = SqliteProfileStore(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = await fill(store, size)
        figures = await measured(store, path, size)
        room = room_taken(path)
        await store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    changed = {**await timelines(LIVED), **await updates(UPDATED)}
    return {
        "profiles": size,
        **{name: round(value, 2) for name, value in {**figures, **changed}.items()},
        **room,
        "peak_memory_mb": round(peak / 1_000, 1),
        "memory_before_mb": round(before / 1_000, 1),
        "written_cpu_us_each": round(seconds / size * 1e6, 1),
    }


if __name__ == "__main__":
    chosen = options("Lists, search and look-ups over many profiles", 100_000)
    report(json.loads(json.dumps(asyncio.run(run(chosen.size)))), chosen)
