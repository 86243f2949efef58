"""Bulk writes of one transaction that owns what it writes. Rows are sorted by what they name.

What is new is created, never merged: should somebody else have created it
meanwhile, the server's uniqueness constraint ends this transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.errors import Conflict
from c360_kernel.evidence.model import Link, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName

from c360_identity.domain.history import Move
from c360_identity.domain.model import EventName, Holding, Observation, SourceRecord, TrackedEvent
from c360_identity.store.neo4j.connection import Rows, Transaction
from c360_identity.store.neo4j.moves import KEEP_MOVES, moves_row
from c360_identity.store.neo4j.pending import Pending
from c360_identity.store.neo4j.reads import identifier_name
from c360_identity.store.neo4j.remembered import Remembered
from c360_identity.store.statements import statements_text

_RECORD = "MATCH (r:Record {id: row[0]}) USING INDEX SEEK r:Record(id)"
_IDENTIFIER = "MATCH (i:Identifier {name: row[0]}) USING INDEX SEEK i:Identifier(name)"
_ENDS = f"{_RECORD} MATCH (i:Identifier {{name: row[1]}}) USING INDEX SEEK i:Identifier(name)"
# All in one: a node is created as it is to be, and an identifier is looked up once. Edges name it
# by its place in a list, since to look up what was just created takes long. Records are created
# locked, since to lock what never was writes once more.
_WRITE = (
    "CALL () { UNWIND $given.new_identifiers AS row CREATE (i:Identifier"
    " {name: row[0], holders: row[1], generic: row[2], anchored: row[3]})"
    " RETURN collect(i) AS made }"
    f" CALL () {{ UNWIND $given.identifiers AS row {_IDENTIFIER}"
    " SET i.holders = i.holders + row[1], i.generic = row[2], i.anchored = row[3]"
    " RETURN collect(i) AS found }"
    " WITH made + found AS identifiers"
    " CALL (identifiers) { UNWIND $given.new_records AS row"
    " CREATE (r:Record {id: row[0], age: row[1], said: row[2], seed: row[3], seed_name: row[4],"
    " version: row[5], plain: row[6], name: row[7], locked: true})"
    " WITH identifiers, r, row[8] AS edges UNWIND edges AS edge"
    " WITH r, edge, identifiers[edge[0]] AS i"
    " CREATE (r)-[:OBSERVED {first_seen: edge[1], stated: edge[2], events: edge[3],"
    " active: edge[4], refused: edge[5], since: edge[6]}]->(i) }"
    # Of records of which only the customer changed, what was said is not sent.
    f" CALL () {{ UNWIND $given.records AS row {_RECORD}"
    " SET r.age = coalesce(row[1], r.age), r.said = coalesce(row[2], r.said),"
    " r.seed = row[3], r.seed_name = row[4], r.version = row[5], r.plain = row[6] }"
    f" CALL () {{ UNWIND $given.edges AS row {_ENDS} MERGE (r)-[o:OBSERVED]->(i)"
    " SET o.first_seen = row[2], o.stated = row[3], o.events = row[4], o.active = row[5],"
    " o.refused = row[6], o.since = row[7] }"
    " CALL () { UNWIND $given.revisions AS row MERGE (v:Revision {id: row[0]})"
    " SET v.said = row[1] }"
    " WITH $given.new_identifiers + $given.identifiers AS rows, identifiers"
    " RETURN [[size(rows) = size(identifiers)"
    " AND all(place IN range(0, size(rows) - 1) WHERE identifiers[place].name = rows[place][0])]]"
)
_NAME_RECORDS = (
    "UNWIND $given.rows AS row CREATE (:Record {id: row[0], name: row[1], locked: true})"
)
_CREATE_EVENTS = (
    "UNWIND $given.rows AS row"
    " CREATE (:Event {id: row[0], stamp: row[1], record: row[2], identifiers: row[3]})"
)
_UPDATE_EVENTS = (
    "UNWIND $given.rows AS row MATCH (e:Event {id: row[0]}) USING INDEX SEEK e:Event(id)"
    " SET e.stamp = row[1], e.record = row[2], e.identifiers = row[3]"
)
_KEEP_DECISIONS = (
    f"UNWIND $given.rows AS row {_RECORD} MATCH (b:Record {{id: row[1]}})"
    " USING INDEX SEEK b:Record(id)"
    " MERGE (r)-[d:DECIDED {id: row[2]}]->(b)"
    " SET d.kind = row[3], d.stamp = row[4], d.undoes = row[5], d.actor = row[6], d.reason = row[7]"
)
_ID_BYTES = 16


class GraphWrites:
    """Writes of domain objects."""

    def __init__(self, transaction: Transaction, customer_id: CustomerIds) -> None:
        self._transaction = transaction
        self._customer_id = customer_id

    async def write(self, pending: Pending, remembered: Remembered) -> None:
        """Write it. All records and identifiers that are named have nodes afterwards."""
        given = self._given(pending, remembered)
        if any(given.values()):
            ((are_in_place,),) = await self._write_all(_WRITE, given)
            if not are_in_place:
                raise Conflict("an identifier is gone", code="STORE_CONTENDED")
        await self._events(pending.kept.events, pending.known.events)
        known = pending.new_records.union(pending.known.records)
        await self._decisions(pending.kept.decisions, known)
        await self._moves(pending.moves)

    def _given(
        self, pending: Pending, remembered: Remembered
    ) -> Mapping[str, Sequence[Sequence[object]]]:
        kept, new, known = pending.kept, pending.new_records, pending.known.records
        links = pending.links
        made = sorted(pending.made, key=identifier_name)
        found = sorted(_looked_up(pending, remembered, made), key=identifier_name)
        places = {identifier: place for place, identifier in enumerate([*made, *found])}
        changed = [record.key for record in kept.records if record.key in known]
        assigned = pending.assigned.difference(new, changed)
        held = remembered.holding
        return {
            "new_identifiers": [_identifier_row(i, held(i).holders, held(i)) for i in made],
            "identifiers": [_identifier_row(i, kept.holders.get(i, 0), held(i)) for i in found],
            "new_records": [self._new_record(key, remembered, places) for key in new],
            "records": [
                *(self._state(remembered.record(key)) for key in changed),
                *(self._assigned(remembered.record(key)) for key in assigned),
            ],
            "edges": [[*self._ends(link), *_edge_row(remembered.edge(link))] for link in links],
            "revisions": [
                [self.revision_id(name), statements_text(revision)]
                for name, revision in kept.revisions.items()
            ],
        }

    async def _moves(self, moves: Iterable[Move]) -> None:
        """Keep which records left whom for whom."""
        rows = [moves_row(move, self._customer_id) for move in moves]
        await self._write(KEEP_MOVES, rows=rows)

    def revision_id(self, name: RevisionName) -> str:
        """What names a revision in the store."""
        return f"{self._customer_id(name.record)}@{int(name.own)}.{name.number}"

    async def _events(self, events: Iterable[TrackedEvent], known: Collection[EventName]) -> None:
        rows = {event.name: _event_row(event) for event in events}
        await self._write(_CREATE_EVENTS, rows=[row for n, row in rows.items() if n not in known])
        await self._write(_UPDATE_EVENTS, rows=[row for n, row in rows.items() if n in known])

    async def _decisions(
        self, decisions: Sequence[StewardDecision], known: Collection[RecordKey]
    ) -> None:
        """A record never seen gets a node, so that a decision can name it."""
        unseen = {key for decision in decisions for key in decision.pair}.difference(known)
        await self._write(_NAME_RECORDS, rows=[[self._customer_id(k), str(k)] for k in unseen])
        rows = [
            [*map(self._customer_id, d.pair), d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason]
            for d in decisions
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
        self, key: RecordKey, remembered: Remembered, places: Mapping[Identifier, int]
    ) -> list[object]:
        edges = remembered.edges_of(key)
        held = sorted([places[one.identifier], *_edge_row(one)] for one in edges)
        return [*self._state(remembered.record(key)), str(key), held]

    def _state(self, record: SourceRecord) -> list[object]:
        named = (self._customer_id(record.key), record.age)
        return [*named, statements_text(record.statements), *self._assignment(record)]

    def _assigned(self, record: SourceRecord) -> list[object]:
        return [self._customer_id(record.key), None, None, *self._assignment(record)]

    def _assignment(self, record: SourceRecord) -> tuple[object, ...]:
        seed = record.seed
        if seed is None:
            return None, None, record.version, record.plain
        return self._customer_id(seed), str(seed), record.version, record.plain

    def _ends(self, link: Link) -> tuple[str, str]:
        record, identifier = link
        return self._customer_id(record), identifier_name(identifier)


def event_id(name: EventName) -> str:
    """What names an event in the store; a source's message id may be too long for an index."""
    digest = hashlib.blake2b(digest_size=_ID_BYTES)
    for part in name:
        digest.update(len(part).to_bytes(8, "big") + part.encode())
    return digest.hexdigest()


def _identifier_row(identifier: Identifier, holders: int, held: Holding) -> list[object]:
    """Of one that has a node, by how many more carry it."""
    return [identifier_name(identifier), holders, held.generic, held.anchored]


def _edge_row(o: Observation) -> list[object]:
    told = (o.first_seen, o.stated and None, o.events or None, o.active, o.refused or None)
    return [*told, o.since]


def _looked_up(
    pending: Pending, remembered: Remembered, made: Iterable[Identifier]
) -> set[Identifier]:
    """The identifiers with a node that new records carry, or that change."""
    edges = (edge for key in pending.new_records for edge in remembered.edges_of(key))
    changed = (identifier for identifier, n in pending.kept.holders.items() if n)
    return pending.judged.union((edge.identifier for edge in edges), changed).difference(made)


def _event_row(event: TrackedEvent) -> list[object]:
    identifiers = [identifier_name(i) for i in event.identifiers]
    return [event_id(event.name), event.stamp, str(event.record), identifiers]


def _name_of(row: Sequence[object]) -> tuple[str, str]:
    return str(row[0]), str(row[1])
