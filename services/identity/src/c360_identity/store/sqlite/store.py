"""The embedded identity store: one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Collection,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from c360_kernel.conditions.tree import Values
from c360_kernel.errors import SettingsError, by_replay
from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.sqlite import SCHEDULE, SqliteProjection
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.sqlite import connect, writing
from c360_kernel.version import Version
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.domain.rulings import rulings
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.digest import RecordContent, digest
from c360_identity.store.matching_port import Doubtful, Match
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite.matching import SCHEMA as MATCHING
from c360_identity.store.sqlite.matching import SqliteMatching
from c360_identity.store.sqlite.reads import GraphReads, decision_of, identifier_of
from c360_identity.store.sqlite.rule_values import read_rule_values
from c360_identity.store.sqlite.schema import FORMAT, LACKING, SCHEMA
from c360_identity.store.sqlite.unit import SqliteIdentityUnit
from c360_identity.store.sqlite.view import SqliteIdentityView

_KEY_PROBE = RecordKey("c360", "instance-key")
_PAGE = 500
_BASIS = "basis"
_SEEDS = (
    "SELECT r.customer_id, r.source, r.key FROM json_each(?) q"
    " CROSS JOIN record r ON r.customer_id = q.value"
)
_OUTCOMES = (
    "SELECT t.entry_id, t.outcome FROM json_each(?) q CROSS JOIN receipt t ON t.entry_id = q.value"
)
_ASSIGNMENTS = (
    "SELECT r.source, r.key, s.customer_id FROM record r LEFT JOIN record s ON s.id = r.seed"
)
_DECISIONS = "SELECT a, b, id, kind, stamp, undoes, actor, reason FROM decision"
_KEYS = "SELECT source, key FROM record ORDER BY source, key"
_EVENT_COUNTS = (
    "SELECT r.source, r.key, count(*) FROM event e JOIN record r ON r.id = e.record GROUP BY r.id"
)
# The index of seeds alone is read.
_SIZES = "SELECT seed, count(*) FROM record WHERE seed > ? GROUP BY seed LIMIT ?"
_SIZES_READ = 10_000
"""Of so many customers at once, some milliseconds: whoever feeds the store waits for it."""
_COUNTS = {
    "records": "SELECT count(*) FROM record WHERE seed IS NOT NULL",
    "customers": "SELECT count(DISTINCT seed) FROM record WHERE seed IS NOT NULL",
    "solves_left": "SELECT count(*) FROM put_off",
    "largest_customer": "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM record"
    " WHERE seed IS NOT NULL GROUP BY seed)",
    "identifiers": "SELECT count(*) FROM identifier WHERE holders > 0",
    "events": "SELECT count(*) FROM event",
}


class SqliteIdentityStore(SqliteProjection, IdentityStore, MarkedStore):
    """The identity graph in one SQLite file.

    Refuses (STORE_FOREIGN) a file whose customer ids were made under another
    instance key: the ids handed out would stop resolving.
    """

    def __init__(self, path: Path, customer_id: CustomerIds) -> None:
        schema = f"{SCHEMA};{MATCHING};{SCHEDULE}"
        super().__init__(path, schema, by_replay("identity"), FORMAT, LACKING)
        self._customer_id = customer_id
        with self.checked():
            self._check_instance_key()

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteIdentityUnit]:
        unit = SqliteIdentityUnit(self.connection, self.epoch, self._customer_id)
        async with self.transaction(unit):
            yield unit

    @contextmanager
    def view(self) -> Generator[SqliteIdentityView]:
        """As `PuttingOffStore` says it."""
        with self._noting_damage(), closing(connect(self.path)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM put_off").fetchone()
            yield SqliteIdentityView(connection, self.epoch, self._customer_id)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        with self.reading():
            return self._reads().records(keys)

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        with self.reading():
            return self._reads().observations_of(records)

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        with self.reading():
            return self._reads().observations_to(identifiers)

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        with self.reading():
            return self._reads().holdings(identifiers)

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        with self.reading():
            return self._reads().decisions_about(records)

    @override
    async def large(self, least: int) -> Mapping[RecordKey, int]:
        sizes: dict[int, int] = {}
        after = 0
        while page := self._sizes(after):
            sizes.update((seed, records) for seed, records in page if records >= least)
            after = page[-1][0]
            await asyncio.sleep(0)
        with self.reading():
            names = self._reads().keys_of(sizes.keys())
        return {names[seed]: records for seed, records in sizes.items()}

    @override
    async def seeds(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        with self.reading():
            rows = self._reads().select(_SEEDS, customer_ids)
            return {customer_id: RecordKey(source, key) for customer_id, source, key in rows}

    @override
    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        found: dict[RecordKey, list[SourceRecord]] = {seed: [] for seed in seeds}
        with self.reading():
            for record in self._reads().members(seeds, most):
                if record.seed is not None:
                    found[record.seed].append(record)
        return found

    @override
    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        with self.reading():
            return dict.fromkeys(seeds, ()) | self._reads().identifiers_of(seeds)

    @override
    async def moves(self, about: Collection[RecordKey]) -> Sequence[Move]:
        with self.reading():
            return self._reads().moves(about)

    @override
    async def refused(self, since: str, skip: int, limit: int) -> Sequence[Observation]:
        with self.reading():
            return self._reads().refused(since, skip, limit)

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        with self.reading():
            return self._matching().compared(records)

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        with self.reading():
            return self._matching().matches_about(records)

    @override
    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        with self.reading():
            return self._matching().doubtful(since, skip, limit)

    @override
    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        with self.reading():
            return dict(self._reads().select(_OUTCOMES, entry_ids))

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        with self.reading():
            return read_rule_values(self.connection, customers)

    @override
    async def emissions(self) -> AsyncIterator[RecordAssigned]:
        with self.reading():
            for source, key, customer in self.connection.execute(_ASSIGNMENTS).fetchall():
                yield RecordAssigned(RecordKey(source, key), customer or "", Version(self.epoch, 0))

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            rows = {name: self.connection.execute(sql) for name, sql in _COUNTS.items()}
            return {name: row.fetchone()[0] for name, row in rows.items()}

    @override
    async def digest(self) -> str:
        with self.checked():
            return digest(self._contents(), self._rulings(), self._generic())

    @override
    async def derived_by(self) -> str | None:
        with self.reading():
            return self.meta(_BASIS)

    @override
    async def derive_by(self, basis: str) -> None:
        with writing(self.connection):
            self.put_meta(_BASIS, basis)

    def _sizes(self, after: int) -> Sequence[tuple[int, int]]:
        with self.reading():
            return self.connection.execute(_SIZES, (after, _SIZES_READ)).fetchall()

    def _contents(self) -> Iterator[RecordContent]:
        counts = {RecordKey(s, k): n for s, k, n in self.connection.execute(_EVENT_COUNTS)}
        keys = [RecordKey(*row) for row in self.connection.execute(_KEYS)]
        for start in range(0, len(keys), _PAGE):
            page = keys[start : start + _PAGE]
            reads = self._reads()
            records = reads.records(page)
            edges: dict[RecordKey, list[Observation]] = {key: [] for key in page}
            for observation in reads.observations_of(page):
                edges[observation.record].append(observation)
            for key in page:
                yield RecordContent(key, records[key].seed, counts.get(key, 0), edges[key])

    def _rulings(self) -> Mapping[Any, Any]:
        rows = self.connection.execute(_DECISIONS)
        return rulings(map(decision_of, rows))

    def _generic(self) -> list[Identifier]:
        rows = self.connection.execute("SELECT name FROM identifier WHERE generic = 1")
        return [identifier_of(name) for (name,) in rows]

    def _reads(self) -> GraphReads:
        return GraphReads(self.connection, self._customer_id)

    def _matching(self) -> SqliteMatching:
        return SqliteMatching(self.connection, self._reads())

    def _check_instance_key(self) -> None:
        expected = self._customer_id(_KEY_PROBE)
        held = self.meta("instance_key_probe")
        if held is None:
            with writing(self.connection):
                self.put_meta("instance_key_probe", expected)
        elif held != expected:
            raise SettingsError(
                "the identity store belongs to another instance, with another identity.key",
                code="STORE_FOREIGN",
            )
