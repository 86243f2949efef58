"""Identity as the product runs it: its handler over its embedded store, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.model import pair_of
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import DECISIONS
from c360_kernel.payload import DecisionMade
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock

from resolving.datasets import entry_of

BATCH = 500
_ASKED = 20_000
_TAKEN_APART = 200


class Product:
    """One store, empty at first."""

    def __init__(self, catalog: Catalog, model: Any, path: Path) -> None:  # noqa: ANN401
        self._ids = customer_ids(b"a key of the benchmark")
        self._matching = Matching(model) if model is not None else None
        compared = model.traits if model is not None else ()
        self._handler = IdentityHandler(
            Intake(catalog, Normalizers(catalog), compared),
            Rules.of(catalog.identifiers),
            self._ids,
            RuleValueReader(catalog),
            self._matching,
        )
        self._store = SqliteIdentityStore(path, self._ids)

    async def feed(self, entries: Sequence[Entry]) -> None:
        """Handle entries in batches, each in a unit of its own, as a worker does."""
        for start in range(0, len(entries), BATCH):
            async with self._store.unit() as unit:
                await self._handler.handle(unit, entries[start : start + BATCH])

    async def relayed(self) -> None:
        """Take away what was published."""
        await self._store.clear_outbox()

    async def seeds(self) -> dict[RecordKey, RecordKey]:
        """Of each record the seed of its customer."""
        rows = self._store.connection.execute(
            "SELECT r.source, r.key, s.source, s.key FROM record r JOIN record s ON s.id = r.seed"
        )
        return {RecordKey(a, b): RecordKey(c, d) for a, b, c, d in rows}

    def identifiers(self) -> int:
        """How many are known."""
        return self._store.connection.execute("SELECT max(id) FROM identifier").fetchone()[0]

    async def lookup_p99(self) -> dict[str, float]:
        """From an identifier to its customer: by the clock, and of processors alone."""
        rows = self._store.connection.execute("SELECT name FROM identifier").fetchall()
        chance, taken, spent = Random(0), list[float](), list[float]()
        from c360_identity.store.sqlite.reads import identifier_of  # noqa: PLC0415

        for _ in range(_ASKED if rows else 0):
            identifier = identifier_of(chance.choice(rows)[0])
            begun, cpu = time.perf_counter(), time.process_time()
            await self._store.holdings([identifier])
            taken.append(time.perf_counter() - begun)
            spent.append(time.process_time() - cpu)
        return {"lookup_p99_ms": _p99_ms(taken), "lookup_cpu_p99_ms": _p99_ms(spent)}

    async def unmerge_p99(self) -> dict[str, float]:
        """A steward says of two records of one customer that they are not the same.

        By the clock with the commit, which waits for the disk, and of processors alone.
        """
        seeds = await self.seeds()
        pairs = [(key, seed) for key, seed in seeds.items() if key != seed]
        clock, taken, spent = StampClock(), list[float](), list[float]()
        for number, pair in enumerate(Random(1).sample(pairs, min(_TAKEN_APART, len(pairs)))):
            entry = _not_same(number, clock.next(), *pair)
            begun, cpu = time.perf_counter(), time.process_time()
            await self.feed([entry])
            taken.append(time.perf_counter() - begun)
            spent.append(time.process_time() - cpu)
        return {"unmerge_p99_ms": _p99_ms(taken), "unmerge_cpu_p99_ms": _p99_ms(spent)}

    async def missed(
        self, truth: Mapping[RecordKey, str], seeds: Mapping[RecordKey, RecordKey]
    ) -> list[dict[str, Any]]:
        """The true pairs that were not joined, with their scores."""
        people: dict[str, list[RecordKey]] = {}
        for record, person in truth.items():
            people.setdefault(person, []).append(record)
        pairs = [pair_of(a, b) for ones in people.values() for a, b in combinations(ones, 2)]
        return [self._told(*p) for p in pairs if seeds.get(p[0]) != seeds.get(p[1])]

    def _told(self, a: RecordKey, b: RecordKey) -> dict[str, Any]:
        values: dict[str, Any] = {"a": str(a), "b": str(b)}
        if self._matching is None:
            return values
        sql = "SELECT c.said FROM compared c JOIN record r ON r.id=c.record WHERE r.customer_id=?"
        texts = [
            (self._store.connection.execute(sql, (self._ids(key),)).fetchone() or [""])[0]
            for key in (a, b)
        ]
        one, other = map(self._matching.forming.forms, texts)
        score = self._matching.scorer.score(one, other)
        parts = {part.name: [part.level, round(part.bits, 1)] for part in score.parts}
        return {**values, "bits": round(score.bits, 1), "parts": parts}


def _not_same(number: int, stamp: str, a: RecordKey, b: RecordKey) -> Entry:
    payload = DecisionMade(f"apart-{number}", "not_same", a, b, "")
    return entry_of(DECISIONS, "c360.decision.made.v1", a, payload, stamp, number)


def _p99_ms(seconds: Sequence[float]) -> float:
    return round(sorted(seconds)[int(len(seconds) * 0.99)] * 1000, 3) if seconds else 0.0
