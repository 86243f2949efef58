"""One transaction on the evidence graph: reads lock what they read, writes go in bulk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Entry, NewEntry, Positions
from c360_kernel.projection.sqlite import dead_letter_entry
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName

from c360_identity.domain.customer_id import CustomerIds
from c360_identity.domain.model import (
    Decision,
    EventName,
    Holding,
    Observation,
    PutAside,
    SourceRecord,
    TrackedEvent,
)
from c360_identity.domain.saying import Outcome
from c360_identity.store.neo4j import outbox, receipts
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.ownership import Ownership, Wanted
from c360_identity.store.neo4j.positions import ADVANCE, position_name
from c360_identity.store.neo4j.reads import GraphReads, identifier_of, record_of
from c360_identity.store.neo4j.remembered import Remembered
from c360_identity.store.neo4j.writes import GraphWrites, event_id
from c360_identity.store.port import EvidenceChanges, ResolutionChanges
from c360_identity.store.statements import read_statements

_EVENTS = (
    "UNWIND $ids AS id MATCH (e:Event {id: id}) USING INDEX e:Event(id)"
    " RETURN collect([id, e.stamp, e.record, e.identifiers])"
)
_REVISIONS = (
    "UNWIND $ids AS id MATCH (v:Revision {id: id}) USING INDEX v:Revision(id)"
    " RETURN collect([id, v.said])"
)


class Neo4jIdentityUnit:
    """See `IdentityGraph`."""

    def __init__(self, transaction: Transaction, epoch: int, customer_id: CustomerIds) -> None:
        self.epoch = epoch
        self._transaction = transaction
        self._reads = GraphReads(transaction, customer_id)
        self._writes = GraphWrites(transaction, customer_id)
        self._ownership = Ownership(transaction, self._reads, customer_id)
        self._remembered = Remembered(self._reads)
        self._has_decided = False
        self._events: set[EventName] = set()
        self._emitted: list[NewEntry] = []
        self._receipts: list[receipts.Receipt] = []

    @property
    def wanted(self) -> Wanted:
        """What it has locked so far."""
        return self._ownership.wanted

    async def take(self, wanted: Wanted) -> None:
        """Lock all this first."""
        await self._ownership.take(wanted)

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """See `IdentityReader.records`."""
        await self._ownership.own(keys)
        return await self._remembered.records(self._ownership.known.intersection(keys))

    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        """See `IdentityReader.observations_of`."""
        await self._ownership.own(records)
        return await self._remembered.observations_of(self._ownership.known.intersection(records))

    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        """See `IdentityReader.observations_to`."""
        await self._ownership.secure(identifiers)
        own = self._ownership.created.intersection(identifiers)
        others = set(identifiers) - own
        found = await self._reads.observations_to(others) if others else []
        return [*found, *self._remembered.observations_to(own)]

    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        """See `IdentityReader.holdings`."""
        held = await self._ownership.hold(identifiers)
        nobody = Holding()
        holdings = {i: held[i].holding if i in held else nobody for i in identifiers}
        self._remembered.held(holdings)
        return holdings

    async def carriers(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        """See `IdentityGraph.carriers`."""
        unread = [i for i in identifiers if i not in self._remembered.holdings]
        if unread:
            await self.holdings(unread)
        return {i: self._remembered.holdings[i] for i in identifiers}

    async def fellows(self, records: Collection[RecordKey]) -> Mapping[RecordKey, RecordKey]:
        """See `Shortcuts.fellows`: to read them before they are reached would lock too much."""
        return {}

    async def bare(self, records: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        """See `Shortcuts.bare`."""
        return await self.records(records)

    async def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        """See `Shortcuts.values_held`."""
        return {}

    async def events(self, names: Collection[EventName]) -> Mapping[EventName, TrackedEvent]:
        """See `IdentityGraph.events`."""
        found = await self._read_events(names)
        owners: set[RecordKey] = set()
        while not owners.issuperset(event.record for event in found.values()):
            owners = {event.record for event in found.values()}
            await self._ownership.own(owners)
            found = await self._read_events(names)
        self._events.update(found)
        return found

    async def revisions(self, names: Collection[RevisionName]) -> PutAside:
        """See `IdentityGraph.revisions`."""
        await self._ownership.own({name.record for name in names})
        ids = {self._writes.revision_id(name): name for name in names}
        rows = await self._transaction.rows(_REVISIONS, ids=sorted(ids)) if ids else ()
        return {ids[revision]: read_statements(said) for revision, said in rows}

    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[Decision]:
        """See `IdentityGraph.decisions_about`."""
        await self._ownership.own(records)
        known = self._ownership.known.intersection(records)
        # Once the records are owned: nobody decides about them any more before this ends.
        if not known or not (self._has_decided or await self._reads.are_decisions()):
            return []
        return await self._reads.decisions_about(known)

    async def keep(self, changes: EvidenceChanges) -> None:
        """See `IdentityGraph.keep`."""
        ownership, writes = self._ownership, self._writes
        new = {record.key for record in changes.records} - ownership.known
        await writes.records(changes.records, ownership.known)
        ownership.own_new(record.key for record in changes.records)
        decided = {key for decision in changes.decisions for key in decision.pair}
        await writes.name_records(decided - ownership.known)
        ownership.own_new(decided - ownership.known)
        named = {o.identifier for o in changes.observations}.union(changes.holders)
        await writes.identifiers(named - ownership.identifiers)
        ownership.identifiers |= named
        await writes.holders(changes.holders)
        await writes.edges(changes.observations, new)
        await writes.events(changes.events, self._events)
        await writes.revisions(changes.revisions)
        await writes.decisions(changes.decisions)
        self._has_decided |= bool(changes.decisions)
        self._remembered.kept(changes, new)

    async def resolve(self, changes: ResolutionChanges) -> None:
        """See `IdentityGraph.resolve`."""
        await self._writes.assign(changes.records)
        await self._writes.refuse(changes.observations)
        await self._writes.generic(changes.generic)
        self._remembered.resolved(changes)

    async def note_outcome(self, entry_id: str, outcome: Outcome, at: int) -> None:
        """See `IdentityGraph.note_outcome`."""
        self._receipts.append(receipts.Receipt(entry_id, outcome, at))

    def emit(self, entry: NewEntry) -> None:
        """See `Unit.emit`."""
        self._emitted.append(entry)

    async def advance(self, before: Positions, after: Positions) -> None:
        """See `Unit.advance`."""
        rows = [[position_name(p), *p, before.get(p), offset] for p, offset in after.items()]
        moved = await self._transaction.rows(ADVANCE, rows=sorted(rows))
        if len(moved) != len(rows):
            raise Conflict("another worker handled these entries first", code="POSITION_MOVED")

    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        """See `Unit.dead_letter`."""
        self.emit(dead_letter_entry(entry, group, code))
        await self.note_outcome(entry.id, "DEAD_LETTERED", entry.time)

    async def flush(self) -> None:
        """Write what is buffered, and forget receipts past their life."""
        await receipts.note(self._transaction, self._receipts)
        await outbox.put(self._transaction, self._emitted)

    async def _read_events(self, names: Collection[EventName]) -> dict[EventName, TrackedEvent]:
        ids = {event_id(name): name for name in names}
        rows = await self._transaction.rows(_EVENTS, ids=sorted(ids)) if ids else ()
        found = (
            TrackedEvent(ids[event], stamp, record_of(record), tuple(map(identifier_of, carried)))
            for event, stamp, record, carried in rows
        )
        return {event.name: event for event in found}
