"""One transaction on the evidence graph: reads see writes, writes go in bulk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.sqlite_rows import insert_rows
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import (
    EventName,
    Holding,
    Observation,
    PutAside,
    SourceRecord,
    TrackedEvent,
)
from c360_identity.domain.rule_values import RuleValues
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.matching_port import Blocks, Match, MatchingChanges
from c360_identity.store.port import (
    RECEIPT_LIFE_MS,
    RECEIPTS_KEPT,
    Around,
    EvidenceChanges,
    ResolutionChanges,
)
from c360_identity.store.putting_off import PutOff, PuttingOffGraph
from c360_identity.store.sqlite.matching import SqliteMatching
from c360_identity.store.sqlite.reads import GraphReads, identifier_name
from c360_identity.store.sqlite.rule_values import keep_rule_values
from c360_identity.store.statements import statements_text

_INTO_RECORD = "INSERT INTO record"
_ASSIGNED = "seed=?, version=?, plain=?, numbered=? WHERE id=?"
_UPDATE_RECORD = f"UPDATE record SET age=?, said=?, {_ASSIGNED}"
_INTO_IDENTIFIER = "INSERT INTO identifier"
_COUNT_HOLDERS = "UPDATE identifier SET holders=holders+? WHERE id=?"
_INTO_EDGE = "INSERT INTO edge"
_KEEP_EDGE = (
    "ON CONFLICT DO UPDATE SET"
    " first_seen=excluded.first_seen, stated=excluded.stated, events=excluded.events,"
    " active=excluded.active, refused=excluded.refused, since=excluded.since"
)
_INTO_EVENT = "INSERT OR REPLACE INTO event"
_KEEP_REVISION = "INSERT OR REPLACE INTO revision VALUES (?,?,?,?)"
_KEEP_DECISION = "INSERT OR REPLACE INTO decision VALUES (?,?,?,?,?,?,?,?)"
_MOVE = "INSERT OR REPLACE INTO move VALUES (?,?,?,?,?,?)"
_ASSIGN = f"UPDATE record SET {_ASSIGNED}"
_REFUSE = "UPDATE edge SET refused=? WHERE record=? AND identifier=?"
_GENERIC = "UPDATE identifier SET generic=?, anchored=? WHERE id=?"
_NOTE = "INSERT OR IGNORE INTO receipt(entry_id, outcome, at) VALUES (?,?,?)"
_SIZES = (
    "SELECT q.value, (SELECT count(*) FROM (SELECT 1 FROM record r WHERE r.seed = q.value"
    " LIMIT ?2)) FROM json_each(?1) q"
)
_FORGET_OLD = "DELETE FROM receipt WHERE at < ?"
_FORGET_MANY = "DELETE FROM receipt WHERE seq <= (SELECT max(seq) FROM receipt) - ?"


class SqliteIdentityUnit(SqliteUnit, PuttingOffGraph):
    """The identity graph inside one SQLite transaction."""

    def __init__(
        self, connection: sqlite3.Connection, epoch: int, customer_id: CustomerIds
    ) -> None:
        super().__init__(connection, epoch)
        self._reads = GraphReads(connection, customer_id)
        self._matching = SqliteMatching(connection, self._reads)
        self._receipts: list[tuple[str, Outcome, int]] = []

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return self._reads.records(keys)

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        return self._reads.observations_of(records)

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        return self._reads.observations_to(identifiers)

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        return self._reads.holdings(identifiers)

    @override
    async def carriers(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        return self._reads.carriers(identifiers)

    @override
    async def expect(
        self, records: Collection[RecordKey], identifiers: Iterable[Identifier]
    ) -> None:
        """Nothing is gained by asking for them together."""

    @override
    async def fellows(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        return self._reads.fellows(records)

    @override
    async def around(self, records: Collection[RecordKey]) -> Around:
        return self._reads.around(records)

    @override
    async def bare(self, records: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return self._reads.bare(records)

    @override
    async def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        return self._reads.values_held(seeds, types)

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, TrackedEvent]:
        return self._reads.events(names)

    @override
    async def revisions(self, names: Collection[RevisionName]) -> PutAside:
        return self._reads.revisions(names)

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        return self._reads.decisions_about(records)

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        return self._matching.compared(records)

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        return self._matching.matches_about(records)

    @override
    async def evidence_about(self, records: Collection[RecordKey]) -> Mapping[Pair, float]:
        return self._matching.evidence_about(records)

    @override
    async def blocks(self, most: Mapping[int, int]) -> Blocks:
        return self._matching.blocks(most)

    @override
    async def keep_matching(self, changes: MatchingChanges) -> None:
        self._matching.keep(changes)

    @override
    async def keep(self, changes: EvidenceChanges) -> None:
        self._keep_records(changes.records)
        self._keep_identifiers(changes)
        self._keep_edges(changes.observations)
        self._keep_events(changes.events)
        records = self._reads.record_ids
        revisions = [
            (records[n.record], n.own, n.number, statements_text(kept))
            for n, kept in changes.revisions.items()
        ]
        self.connection.executemany(_KEEP_REVISION, revisions)
        decisions = [
            (str(d.pair[0]), str(d.pair[1]), d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason)
            for d in changes.decisions
        ]
        self.connection.executemany(_KEEP_DECISION, decisions)

    @override
    async def resolve(self, changes: ResolutionChanges) -> None:
        ids = self._reads.record_ids
        self._reads.ids_of([r.seed for r in changes.records if r.seed is not None])
        self._reads.ids_of([one.key for one in changes.records])
        self._reads.ids_of([one.record for one in changes.observations])
        assigned = [(*self._assignment(r), ids[r.key]) for r in changes.records]
        self.connection.executemany(_ASSIGN, assigned)
        self._keep_moves(changes.moves)
        names = self._reads.identifier_ids
        self._reads.find_identifiers({o.identifier for o in changes.observations})
        self._reads.find_identifiers(changes.generic)
        refused = [(o.refused, ids[o.record], names[o.identifier]) for o in changes.observations]
        self.connection.executemany(_REFUSE, refused)
        generic = [(n is not None, n or 0, names[i]) for i, n in changes.generic.items()]
        self.connection.executemany(_GENERIC, generic)

    @override
    async def keep_rule_values(self, values: Sequence[RuleValues]) -> None:
        keep_rule_values(self.connection, values)

    @override
    async def sizes(self, seeds: Collection[RecordKey], most: int) -> Mapping[RecordKey, int]:
        by_id = dict(zip(self._reads.ids_of(seeds), seeds, strict=True))
        ids = json.dumps([number for number in by_id if number is not None])
        rows = self.connection.execute(_SIZES, (ids, most)).fetchall()
        return {by_id[number]: records for number, records in rows}

    @override
    async def put_off(self, said: str) -> None:
        self.connection.execute("INSERT INTO put_off(said) VALUES (?)", (said,))

    @override
    async def left(self) -> Sequence[PutOff]:
        rows = self.connection.execute("SELECT number, said FROM put_off ORDER BY number")
        return [PutOff(*row) for row in rows.fetchall()]

    @override
    async def over(self, number: int) -> None:
        self.connection.execute("DELETE FROM put_off WHERE number <= ?", (number,))

    @override
    async def note_outcome(self, entry_id: str, outcome: Outcome, at: int) -> None:
        self._receipts.append((entry_id, outcome, at))

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        await super().dead_letter(entry, group, code)
        await self.note_outcome(entry.id, "DEAD_LETTERED", entry.time)

    async def flush(self) -> None:
        """Write receipts and outbox, and forget receipts past their life."""
        await super().flush()
        if self._receipts:
            self.connection.executemany(_NOTE, self._receipts)
            newest = max(at for _, _, at in self._receipts)
            self.connection.execute(_FORGET_OLD, (newest - RECEIPT_LIFE_MS,))
            self.connection.execute(_FORGET_MANY, (RECEIPTS_KEPT,))

    def _keep_records(self, records: Sequence[SourceRecord]) -> None:
        ids = self._reads.record_ids
        new = [record for record in records if record.key not in ids]
        first = self._next_id("record")
        ids.update((record.key, first + n) for n, record in enumerate(new))
        self._reads.ids_of([record.seed for record in records if record.seed is not None])
        created = {record.key for record in new}
        insert_rows(self.connection, _INTO_RECORD, [self._row(record) for record in new])
        self.connection.executemany(
            _UPDATE_RECORD,
            [
                (*_state(record), *self._assignment(record), ids[record.key])
                for record in records
                if record.key not in created
            ],
        )

    def _row(self, record: SourceRecord) -> tuple[object, ...]:
        key = record.key
        names = (self._reads.record_ids[key], self._reads.customer_id(key), key.source, key.key)
        return (*names, *_state(record), *self._assignment(record))

    def _assignment(self, record: SourceRecord) -> tuple[object, ...]:
        seed = record.seed and self._reads.record_ids[record.seed]
        return seed, record.version, record.plain, record.numbered + record.firm

    def _keep_identifiers(self, changes: EvidenceChanges) -> None:
        named = {o.identifier: 0 for o in changes.observations}
        named.update(changes.holders)
        self._reads.find_identifiers(named)
        ids = self._reads.identifier_ids
        new = [identifier for identifier in named if ids[identifier] is None]
        known = [(n, ids[i]) for i, n in changes.holders.items() if ids[i] is not None]
        first = self._next_id("identifier")
        ids.update((identifier, first + n) for n, identifier in enumerate(new))
        rows = [(ids[i], identifier_name(i), named[i], 0, 0) for i in new]
        insert_rows(self.connection, _INTO_IDENTIFIER, rows)
        self.connection.executemany(_COUNT_HOLDERS, known)

    def _keep_edges(self, observations: Sequence[Observation]) -> None:
        records, identifiers = self._reads.record_ids, self._reads.identifier_ids
        rows = [
            (records[o.record], identifiers[o.identifier], o.first_seen)
            + (o.stated, o.events, o.active, o.refused, o.since)
            for o in observations
        ]
        insert_rows(self.connection, _INTO_EDGE, rows, _KEEP_EDGE)

    def _keep_moves(self, moves: Sequence[Move]) -> None:
        ids = self._reads.record_ids
        named = {key for move in moves for key in (move.record, move.left, move.to)}
        self._reads.ids_of([key for key in named if key is not None])
        rows = [
            (ids[m.record], m.version, m.stamp, m.left and ids[m.left], m.to and ids[m.to], m.cause)
            for m in moves
        ]
        self.connection.executemany(_MOVE, rows)

    def _keep_events(self, events: Sequence[TrackedEvent]) -> None:
        records, identifiers = self._reads.record_ids, self._reads.identifier_ids
        self._reads.find_identifiers([i for event in events for i in event.identifiers])
        rows = [
            (*e.name, e.stamp, records[e.record])
            + (" ".join(str(identifiers[i]) for i in e.identifiers),)
            for e in events
        ]
        insert_rows(self.connection, _INTO_EVENT, sorted(rows))

    def _next_id(self, table: str) -> int:
        row = self.connection.execute(f"SELECT max(id) FROM {table}").fetchone()
        return 1 + (row[0] or 0)


def _state(record: SourceRecord) -> tuple[object, ...]:
    return record.age, statements_text(record.statements)
