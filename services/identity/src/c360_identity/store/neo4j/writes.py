"""Bulk writes of one transaction that owns what it writes. Rows are sorted by what they name.

What is new is created, never merged: should somebody else have created it
meanwhile, the server's uniqueness constraint ends this transaction.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.errors import Conflict
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName

from c360_identity.domain.customer_id import CustomerIds
from c360_identity.domain.model import (
    EventName,
    Observation,
    PutAside,
    SourceRecord,
    StewardDecision,
    TrackedEvent,
)
from c360_identity.store.neo4j.connection import Rows, Transaction
from c360_identity.store.neo4j.reads import identifier_name
from c360_identity.store.port import EvidenceChanges, ResolutionChanges
from c360_identity.store.statements import statements_text

_RECORD = "MATCH (r:Record {id: row[0]}) USING INDEX r:Record(id)"
_IDENTIFIER = "MATCH (i:Identifier {name: row[0]}) USING INDEX i:Identifier(name)"
_ENDS = f"{_RECORD} MATCH (i:Identifier {{name: row[1]}}) USING INDEX i:Identifier(name)"
# All in one: a node is created as it is to be, and an identifier is looked up once. Edges name it
# by its place in a list, since to look up what was just created takes long. Records are created
# locked, since to lock what never was writes once more.
_KEEP = (
    "CALL () { UNWIND $given.new_identifiers AS row CREATE (i:Identifier"
    " {name: row[0], holders: row[1], generic: false, anchored: 0}) RETURN collect(i) AS made }"
    f" CALL () {{ UNWIND $given.identifiers AS row {_IDENTIFIER}"
    " SET i.holders = i.holders + row[1] RETURN collect(i) AS found }"
    " WITH made + found AS identifiers"
    " CALL (identifiers) { UNWIND $given.new_records AS row"
    " CREATE (r:Record {id: row[0], age: row[1], said: row[2], seed: row[3], seed_name: row[4],"
    " version: row[5], plain: row[6], name: row[7], locked: true})"
    " WITH identifiers, r, row[8] AS edges UNWIND edges AS edge"
    " WITH r, edge, identifiers[edge[0]] AS i"
    " CREATE (r)-[:OBSERVED {first_seen: edge[1], stated: edge[2], events: edge[3],"
    " active: edge[4], refused: edge[5]}]->(i) }"
    f" CALL () {{ UNWIND $given.records AS row {_RECORD} SET r.age = row[1], r.said = row[2],"
    " r.seed = row[3], r.seed_name = row[4], r.version = row[5], r.plain = row[6] }"
    f" CALL () {{ UNWIND $given.edges AS row {_ENDS} MERGE (r)-[o:OBSERVED]->(i)"
    " SET o.first_seen = row[2], o.stated = row[3], o.events = row[4], o.active = row[5],"
    " o.refused = row[6] }"
    " WITH $given.new_identifiers + $given.identifiers AS rows, identifiers"
    " RETURN [[size(rows) = size(identifiers)"
    " AND all(place IN range(0, size(rows) - 1) WHERE identifiers[place].name = rows[place][0])]]"
)
_RESOLVE = (
    f"CALL () {{ UNWIND $given.records AS row {_RECORD}"
    " SET r.seed = row[1], r.seed_name = row[2], r.version = row[3], r.plain = row[4] }"
    f" CALL () {{ UNWIND $given.edges AS row {_RECORD} MATCH (r)-[o:OBSERVED]->(e)"
    " WHERE e.name = row[1] SET o.refused = row[2] }"
    f" CALL () {{ UNWIND $given.generic AS row {_IDENTIFIER}"
    " SET i.generic = row[1], i.anchored = row[2] }"
)
_NAME_RECORDS = (
    "UNWIND $given.rows AS row CREATE (:Record {id: row[0], name: row[1], locked: true})"
)
_CREATE_EVENTS = (
    "UNWIND $given.rows AS row"
    " CREATE (:Event {id: row[0], stamp: row[1], record: row[2], identifiers: row[3]})"
)
_UPDATE_EVENTS = (
    "UNWIND $given.rows AS row MATCH (e:Event {id: row[0]}) USING INDEX e:Event(id)"
    " SET e.stamp = row[1], e.record = row[2], e.identifiers = row[3]"
)
_KEEP_REVISIONS = "UNWIND $given.rows AS row MERGE (v:Revision {id: row[0]}) SET v.said = row[1]"
_KEEP_DECISIONS = (
    f"UNWIND $given.rows AS row {_RECORD} MATCH (b:Record {{id: row[1]}}) USING INDEX b:Record(id)"
    " MERGE (r)-[d:DECIDED {id: row[2]}]->(b)"
    " SET d.kind = row[3], d.stamp = row[4], d.undoes = row[5]"
)
_ID_BYTES = 16


class Known(NamedTuple):
    """What has a node already."""

    records: Collection[RecordKey]
    identifiers: Collection[Identifier]
    events: Collection[EventName]


class GraphWrites:
    """Writes of domain objects."""

    def __init__(self, transaction: Transaction, customer_id: CustomerIds) -> None:
        self._transaction = transaction
        self._customer_id = customer_id

    async def keep(self, changes: EvidenceChanges, known: Known) -> None:
        """Write evidence. All records and identifiers that are named have nodes afterwards."""
        new, edges = _edges_by_novelty(changes.observations, known.records)
        records = [r for r in changes.records if r.key not in known.records]
        named = {o.identifier for o in changes.observations}.union(changes.holders)
        made = sorted(named.difference(known.identifiers), key=identifier_name)
        found = sorted(_looked_up(changes, new, made), key=identifier_name)
        places = {identifier: place for place, identifier in enumerate([*made, *found])}
        holders = changes.holders
        given = {
            "new_identifiers": [[identifier_name(i), holders.get(i, 0)] for i in made],
            "identifiers": [[identifier_name(i), holders.get(i, 0)] for i in found],
            "new_records": [self._new_record(r, new[r.key], places) for r in records],
            "records": [self._state(r) for r in changes.records if r.key in known.records],
            "edges": [[*self._ends(o), *_edge_row(o)] for o in edges],
        }
        if any(given.values()):
            ((are_in_place,),) = await self._write_all(_KEEP, given)
            if not are_in_place:
                raise Conflict("an identifier is gone", code="STORE_CONTENDED")
        await self._events(changes.events, known.events)
        await self._revisions(changes.revisions)
        await self._decisions(changes.decisions, {*known.records, *new, *(r.key for r in records)})

    async def resolve(self, changes: ResolutionChanges) -> None:
        """Keep the customers of records, which edges are refused, which identifiers are generic."""
        await self._write(
            _RESOLVE,
            records=[[self._customer_id(r.key), *self._assignment(r)] for r in changes.records],
            edges=[[*self._ends(o), o.refused or None] for o in changes.observations],
            generic=[
                [identifier_name(i), n is not None, n or 0] for i, n in changes.generic.items()
            ],
        )

    def revision_id(self, name: RevisionName) -> str:
        """What names a revision in the store."""
        return f"{self._customer_id(name.record)}@{int(name.own)}.{name.number}"

    async def _events(self, events: Iterable[TrackedEvent], known: Collection[EventName]) -> None:
        rows = {event.name: _event_row(event) for event in events}
        await self._write(_CREATE_EVENTS, rows=[row for n, row in rows.items() if n not in known])
        await self._write(_UPDATE_EVENTS, rows=[row for n, row in rows.items() if n in known])

    async def _revisions(self, revisions: PutAside) -> None:
        rows = [[self.revision_id(name), statements_text(kept)] for name, kept in revisions.items()]
        await self._write(_KEEP_REVISIONS, rows=rows)

    async def _decisions(
        self, decisions: Sequence[StewardDecision], known: Collection[RecordKey]
    ) -> None:
        """A record never seen gets a node, so that a decision can name it."""
        unseen = {key for decision in decisions for key in decision.pair}.difference(known)
        await self._write(_NAME_RECORDS, rows=[[self._customer_id(k), str(k)] for k in unseen])
        rows = [
            [*map(self._customer_id, d.pair), d.id, d.kind, d.stamp, d.undoes] for d in decisions
        ]
        await self._write(_KEEP_DECISIONS, rows=rows)

    async def _write(self, statement: str, **rows: Sequence[Sequence[object]]) -> None:
        if any(rows.values()):
            await self._write_all(statement, rows)

    async def _write_all(
        self, statement: str, given: Mapping[str, Sequence[Sequence[object]]]
    ) -> Rows:
        ordered = {name: sorted(rows, key=_name_of) for name, rows in given.items()}
        return await self._transaction.rows(statement, **ordered)

    def _new_record(
        self,
        record: SourceRecord,
        edges: Iterable[Observation],
        places: Mapping[Identifier, int],
    ) -> list[object]:
        held = sorted([places[one.identifier], *_edge_row(one)] for one in edges)
        return [*self._state(record), str(record.key), held]

    def _state(self, record: SourceRecord) -> list[object]:
        named = (self._customer_id(record.key), record.age)
        return [*named, statements_text(record.statements), *self._assignment(record)]

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


def _edges_by_novelty(
    observations: Iterable[Observation], known: Collection[RecordKey]
) -> tuple[Mapping[RecordKey, list[Observation]], list[Observation]]:
    """Those of new records, which have none yet, by record; and all others."""
    new: defaultdict[RecordKey, list[Observation]] = defaultdict(list)
    others: list[Observation] = []
    for edge in observations:
        (others if edge.record in known else new[edge.record]).append(edge)
    return new, others


def _edge_row(o: Observation) -> list[object]:
    return [o.first_seen, o.stated and None, o.events or None, o.active, o.refused or None]


def _looked_up(
    changes: EvidenceChanges,
    new: Mapping[RecordKey, Sequence[Observation]],
    made: Iterable[Identifier],
) -> set[Identifier]:
    """The identifiers with a node that new records carry, or whose holders change."""
    carried = {one.identifier for edges in new.values() for one in edges}
    return carried.union(i for i, n in changes.holders.items() if n).difference(made)


def _event_row(event: TrackedEvent) -> list[object]:
    identifiers = [identifier_name(i) for i in event.identifiers]
    return [event_id(event.name), event.stamp, str(event.record), identifiers]


def _name_of(row: Sequence[object]) -> tuple[str, str]:
    return str(row[0]), str(row[1])
