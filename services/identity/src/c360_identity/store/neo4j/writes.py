"""Bulk writes of one transaction that owns what it writes. Rows are sorted by what they name.

What is new is created, never merged: should somebody else have created it
meanwhile, the server's uniqueness constraint ends this transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName

from c360_identity.domain.customer_id import CustomerIds
from c360_identity.domain.model import (
    Decision,
    EventName,
    Observation,
    PutAside,
    SourceRecord,
    TrackedEvent,
)
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.reads import identifier_name
from c360_identity.store.statements import statements_text

_MATCH_RECORD = "UNWIND $rows AS row MATCH (r:Record {id: row[0]}) USING INDEX r:Record(id)"
_MATCH_IDENTIFIER = (
    "UNWIND $rows AS row MATCH (i:Identifier {name: row[0]}) USING INDEX i:Identifier(name)"
)
_MATCH_EDGE_ENDS = (
    f"{_MATCH_RECORD} MATCH (i:Identifier {{name: row[1]}}) USING INDEX i:Identifier(name)"
)
_CREATE_RECORDS = (
    "UNWIND $rows AS row CREATE (:Record {id: row[0], age: row[1], said: row[2],"
    " seed: row[3], seed_name: row[4], version: row[5], plain: row[6], name: row[7]})"
)
_UPDATE_RECORDS = (
    f"{_MATCH_RECORD} SET r.age = row[1], r.said = row[2],"
    " r.seed = row[3], r.seed_name = row[4], r.version = row[5], r.plain = row[6]"
)
_NAME_RECORDS = "UNWIND $rows AS row CREATE (:Record {id: row[0], name: row[1]})"
_ASSIGN = (
    f"{_MATCH_RECORD}"
    " SET r.seed = row[1], r.seed_name = row[2], r.version = row[3], r.plain = row[4]"
)
_MERGE_IDENTIFIERS = (
    "UNWIND $names AS name MERGE (i:Identifier {name: name})"
    " ON CREATE SET i.holders = 0, i.generic = false, i.anchored = 0"
)
_COUNT_HOLDERS = f"{_MATCH_IDENTIFIER} SET i.holders = i.holders + row[1]"
_GENERIC = f"{_MATCH_IDENTIFIER} SET i.generic = row[1], i.anchored = row[2]"
_KEEP_EDGES = (
    f"{_MATCH_EDGE_ENDS} MERGE (r)-[o:OBSERVED]->(i) SET o.first_seen = row[2],"
    " o.stated = row[3], o.events = row[4], o.active = row[5], o.refused = row[6]"
)
_CREATE_EDGES = (
    f"{_MATCH_EDGE_ENDS} CREATE (r)-[:OBSERVED {{first_seen: row[2],"
    " stated: row[3], events: row[4], active: row[5], refused: row[6]}]->(i)"
)
_REFUSE = f"{_MATCH_EDGE_ENDS} MATCH (r)-[o:OBSERVED]->(i) SET o.refused = row[2]"
_CREATE_EVENTS = (
    "UNWIND $rows AS row"
    " CREATE (:Event {id: row[0], stamp: row[1], record: row[2], identifiers: row[3]})"
)
_UPDATE_EVENTS = (
    "UNWIND $rows AS row MATCH (e:Event {id: row[0]}) USING INDEX e:Event(id)"
    " SET e.stamp = row[1], e.record = row[2], e.identifiers = row[3]"
)
_KEEP_REVISIONS = "UNWIND $rows AS row MERGE (v:Revision {id: row[0]}) SET v.said = row[1]"
_KEEP_DECISIONS = (
    f"{_MATCH_RECORD} MATCH (b:Record {{id: row[1]}}) USING INDEX b:Record(id)"
    " MERGE (r)-[d:DECIDED {id: row[2]}]->(b)"
    " SET d.kind = row[3], d.stamp = row[4], d.undoes = row[5]"
)
_ID_BYTES = 16


class GraphWrites:
    """Writes of domain objects."""

    def __init__(self, transaction: Transaction, customer_id: CustomerIds) -> None:
        self._transaction = transaction
        self._customer_id = customer_id

    async def records(
        self, records: Collection[SourceRecord], known: Collection[RecordKey]
    ) -> None:
        """Keep records; those not `known` have no node yet."""
        new = [[*self._state(r), str(r.key)] for r in records if r.key not in known]
        await self._write(_CREATE_RECORDS, new)
        await self._write(_UPDATE_RECORDS, [self._state(r) for r in records if r.key in known])

    async def name_records(self, keys: Iterable[RecordKey]) -> None:
        """Give records a node that were never seen, so that a decision can name them."""
        await self._write(_NAME_RECORDS, [[self._customer_id(key), str(key)] for key in keys])

    async def assign(self, records: Iterable[SourceRecord]) -> None:
        """Keep the customers of records."""
        rows = [[self._customer_id(r.key), *self._assignment(r)] for r in records]
        await self._write(_ASSIGN, rows)

    async def identifiers(self, identifiers: Iterable[Identifier]) -> None:
        """Give identifiers a node that may have none."""
        names = sorted(map(identifier_name, identifiers))
        if names:
            await self._transaction.rows(_MERGE_IDENTIFIERS, names=names)

    async def holders(self, changes: Mapping[Identifier, int]) -> None:
        """Count holders up or down."""
        await self._write(_COUNT_HOLDERS, [[identifier_name(i), n] for i, n in changes.items()])

    async def generic(self, changes: Mapping[Identifier, int | None]) -> None:
        """Keep which identifiers are generic, and how many anchored components carry them."""
        rows = [[identifier_name(i), n is not None, n or 0] for i, n in changes.items()]
        await self._write(_GENERIC, rows)

    async def edges(self, observations: Iterable[Observation], new: Collection[RecordKey]) -> None:
        """Keep edges, new or not; `new` records have none yet."""
        fresh: list[list[object]] = []
        kept: list[list[object]] = []
        for o in observations:
            row: list[object] = [
                *self._ends(o),
                o.first_seen,
                o.stated,
                o.events,
                o.active,
                o.refused,
            ]
            (fresh if o.record in new else kept).append(row)
        await self._write(_CREATE_EDGES, fresh)
        await self._write(_KEEP_EDGES, kept)

    async def refuse(self, observations: Iterable[Observation]) -> None:
        """Keep which edges are refused."""
        await self._write(_REFUSE, [[*self._ends(o), o.refused] for o in observations])

    async def events(self, events: Iterable[TrackedEvent], known: Collection[EventName]) -> None:
        """Keep events; those not `known` have no node yet."""
        rows = {event.name: _event_row(event) for event in events}
        await self._write(_CREATE_EVENTS, [row for n, row in rows.items() if n not in known])
        await self._write(_UPDATE_EVENTS, [row for n, row in rows.items() if n in known])

    async def revisions(self, revisions: PutAside) -> None:
        """Keep what was said at some numbers and put aside."""
        rows = [[self.revision_id(name), statements_text(said)] for name, said in revisions.items()]
        await self._write(_KEEP_REVISIONS, rows)

    async def decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep decisions on records that have nodes."""
        rows = [
            [*map(self._customer_id, d.pair), d.id, d.kind, d.stamp, d.undoes] for d in decisions
        ]
        await self._write(_KEEP_DECISIONS, rows)

    def revision_id(self, name: RevisionName) -> str:
        """What names a revision in the store."""
        return f"{self._customer_id(name.record)}@{int(name.own)}.{name.number}"

    async def _write(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self._transaction.rows(statement, rows=sorted(rows, key=_name_of))

    def _state(self, record: SourceRecord) -> list[object]:
        named = (self._customer_id(record.key), record.age)
        return [*named, statements_text(record.said), *self._assignment(record)]

    def _assignment(self, record: SourceRecord) -> tuple[object, ...]:
        seed = record.seed
        if seed is None:
            return None, None, record.version, record.plain
        return self._customer_id(seed), str(seed), record.version, record.plain

    def _ends(self, observation: Observation) -> tuple[str, str]:
        return self._customer_id(observation.record), identifier_name(observation.identifier)


def event_id(name: EventName) -> str:
    """What names an event in the store; a source's message id may be too long for an index."""
    digest = hashlib.blake2b(digest_size=_ID_BYTES)
    for part in name:
        digest.update(len(part).to_bytes(8, "big") + part.encode())
    return digest.hexdigest()


def _event_row(event: TrackedEvent) -> list[object]:
    identifiers = [identifier_name(i) for i in event.identifiers]
    return [event_id(event.name), event.stamp, str(event.record), identifiers]


def _name_of(row: Sequence[object]) -> tuple[str, str]:
    return str(row[0]), str(row[1])
