"""Customers and events, the same ones every time, in an embedded store and in DuckDB."""

from __future__ import annotations

import importlib
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from c360_kernel.stamp import stamp_at
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.store.sqlite.embedded_columns import EMBEDDED
from c360_segment.store.sqlite.keeping import CHUNK, put_into_columns, top_of
from c360_segment.store.sqlite.owners import keep_owners
from pyroaring import BitMap

DAY = 86_400_000
TIERS, NAMES = ("gold", "silver", "bronze", "none"), ("bought", "looked", "called")
KEPT = ("a", "b", "c", "d", "e")
VOCABULARY = """
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
_CHUNK_BITS = 16


class World:
    """So many customers and events over a hundred days before `now` (ms UTC)."""

    def __init__(self, customers: int, events: int, now: int) -> None:
        self._customers, self._events, self.now = customers, events, now

    def customers(self) -> Iterator[tuple[int, str, int]]:
        """Number, tier and points."""
        chance = random.Random(1)
        for number in range(1, self._customers + 1):
            yield number, chance.choice(TIERS), chance.randrange(100)

    def events(self) -> Iterator[tuple[int, str, int, float]]:
        """The customer's number, name, moment (ms UTC) and amount."""
        chance = random.Random(2)
        for _ in range(self._events):
            at = self.now - chance.randrange(100 * DAY)
            owner = 1 + chance.randrange(self._customers)
            yield owner, chance.choice(NAMES), at, round(chance.expovariate(0.02), 2)

    def kept(self) -> Iterator[tuple[str, int, bytes]]:
        """Five segments of a third of everybody each: name, chunk and members of it."""
        chance = random.Random(3)
        for segment in KEPT:
            members = BitMap(n for n in range(1, self._customers + 1) if chance.random() < 0.33)
            for chunk in range((self._customers >> _CHUNK_BITS) + 1):
                span = BitMap(range(chunk << _CHUNK_BITS, (chunk + 1) << _CHUNK_BITS))
                yield segment, chunk, (members & span).serialize()


def load(store: SqliteSegmentStore, world: World) -> None:
    """Fill the tables."""
    sql, stamp = store.connection, stamp_at(world.now)
    sql.execute("BEGIN")
    rows = ((n, f"c{n}", json.dumps({"tier": t, "points": p})) for n, t, p in world.customers())
    into = "INSERT INTO customer(number, id, epoch, counter, live, traits) VALUES (?,?,0,0,1,?)"
    sql.executemany(into, rows)
    records = ((n, f"r{n:08}", n) for n, *_ in world.customers())
    sql.executemany("INSERT INTO record VALUES (?,'shop',?,?,0,0)", records)
    keep_owners(sql, {n: n for n, *_ in world.customers()})
    happened = (
        ("shop", f"m{place:08}", stamp, owner, name, at, json.dumps({"amount": amount}))
        for place, (owner, name, at, amount) in enumerate(world.events())
    )
    sql.execute("DROP INDEX event_record")
    into = "INSERT INTO event(source, message_id, stamp, record, name, at, properties)"
    sql.executemany(f"{into} VALUES (?,?,?,?,?,?,?)", happened)
    sql.execute("CREATE INDEX event_record ON event(record, name)")
    sql.executemany("INSERT INTO members VALUES (?,?,?)", world.kept())
    sql.execute("INSERT INTO meta VALUES ('present', ?)", (str(world.now),))
    for chunk in range(top_of(sql) // CHUNK):
        put_into_columns(sql, EMBEDDED, chunk)
    sql.execute("COMMIT")


class InDuckdb:
    """The same rows in DuckDB, in memory; raises `ImportError` where it is not installed."""

    def __init__(self, world: World) -> None:
        engine: Any = importlib.import_module("duckdb")
        self._sql, self._since = engine.connect(":memory:"), world.now - 30 * DAY
        self._sql.execute("CREATE TABLE customer(number INTEGER, tier VARCHAR, points INTEGER)")
        columns = "customer INTEGER, name VARCHAR, moment BIGINT, amount DOUBLE"
        self._sql.execute(f"CREATE TABLE event({columns})")
        with tempfile.TemporaryDirectory() as folder:
            for name, rows in (("customer", world.customers()), ("event", world.events())):
                path = Path(folder) / f"{name}.csv"
                with path.open("w") as file:
                    file.writelines(",".join(map(str, row)) + "\n" for row in rows)
                self._sql.execute(f"COPY {name} FROM '{path}' (HEADER false)")

    def size(self) -> int:
        """How many meet `CONDITION`, in plain SQL."""
        (found,) = self._sql.execute(_SQL, [self._since]).fetchone()
        return found
