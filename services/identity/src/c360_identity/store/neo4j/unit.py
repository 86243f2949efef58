"""One transaction on the evidence graph: reads lock what they read, writes go in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry, NewEntry, Positions
from c360_kernel.projection.dead_letters import dead_letter_entry
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.projection.witness import LatestEntries
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from typing_extensions import override

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
from c360_identity.store.matching_port import Blocks, Match, MatchingChanges, evidence_of
from c360_identity.store.neo4j import receipts, schedule
from c360_identity.store.neo4j.closing import Closing
from c360_identity.store.neo4j.connection import Transaction
from c360_identity.store.neo4j.locking_reads import LockingReads
from c360_identity.store.neo4j.matching import Neo4jMatching
from c360_identity.store.neo4j.outbox import Parcel
from c360_identity.store.neo4j.ownership import Ownership, Wanted
from c360_identity.store.neo4j.pending import Known, Pending, identifiers_of, records_of
from c360_identity.store.neo4j.reads import identifier_of, record_of
from c360_identity.store.neo4j.remembered import Remembered
from c360_identity.store.neo4j.rule_values import keep_rule_values
from c360_identity.store.neo4j.writes import GraphWrites, event_id
from c360_identity.store.port import Around, EvidenceChanges, IdentityGraph, ResolutionChanges
from c360_identity.store.statements import read_statements

_EVENTS = (
    "UNWIND $given.ids AS id MATCH (e:Event {id: id}) USING INDEX SEEK e:Event(id)"
    " RETURN collect([id, e.stamp, e.record, e.identifiers])"
)
_REVISIONS = (
    "UNWIND $given.ids AS id MATCH (v:Revision {id: id}) USING INDEX SEEK v:Revision(id)"
    " RETURN collect([id, v.said])"
)


class Neo4jIdentityUnit(IdentityGraph):
    """The identity graph inside one transaction of Neo4j."""

    def __init__(
        self, transaction: Transaction, epoch: int, customer_id: CustomerIds, begun: LatestEntries
    ) -> None:
        self.epoch = epoch
        self._transaction = transaction
        self._writes = GraphWrites(transaction, customer_id)
        self._matching = Neo4jMatching(transaction, customer_id)
        self._remembered = Remembered()
        self._ownership = Ownership(LockingReads(transaction), self._remembered, customer_id)
        self._events: set[EventName] = set()
        self._pending: Pending | None = None
        self._has_changed = False
        self._closing = Closing(begun)
        self._receipts: list[receipts.Receipt] = []
        self._scheduled: set[Scheduled] = set()

    @property
    def wanted(self) -> Wanted:
        """What it has locked so far."""
        return self._ownership.wanted

    @property
    def advanced(self) -> Positions:
        """The next offsets to handle, once it is committed."""
        return self._closing.after

    @property
    def parcels(self) -> Mapping[int, Parcel]:
        """What waits to be relayed once it is committed, by its numbers."""
        return self._closing.parcels

    async def take(self, wanted: Wanted) -> None:
        """Lock all this first."""
        await self._ownership.take(wanted)

    @override
    async def expect(
        self, records: Collection[RecordKey], identifiers: Iterable[Identifier]
    ) -> None:
        await self._ownership.expect(records, identifiers)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        await self._ownership.own(keys)
        return self._remembered.records(keys)

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        await self._ownership.reach(records)
        return self._remembered.observations_of(records)

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        await self._ownership.secure(identifiers)
        knows = self._remembered.knows_carriers
        unknown = {i for i in identifiers if not knows(i)}
        found = await self._ownership.around(unknown) if unknown else []
        return [*found, *self._remembered.observations_to(identifiers)]

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        if self._has_changed:
            # Whose customer each is, is as it was read.
            await self._write()
            await self._ownership.hold(identifiers)
        else:
            await self._ownership.secure(identifiers)
        return self._holdings(identifiers)

    @override
    async def carriers(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        await self._ownership.secure(identifiers)
        return self._holdings(identifiers)

    async def fellows(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        """None: to read them before they are reached would lock too much."""
        return {}

    @override
    async def around(self, records: Collection[RecordKey]) -> Around:
        active = [one for one in await self.observations_of(records) if one.active]
        return Around.of(active, await self.carriers({one.identifier for one in active}))

    @override
    async def bare(self, records: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return await self.records(records)

    @override
    async def values_held(
        self, seeds: Collection[RecordKey], types: Collection[str]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        await self._write()
        return await self._ownership.values_held(seeds, types)

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, TrackedEvent]:
        await self._write()
        found = await self._read_events(names)
        owners: set[RecordKey] = set()
        while not owners.issuperset(event.record for event in found.values()):
            owners = {event.record for event in found.values()}
            await self._ownership.own(owners)
            found = await self._read_events(names)
        self._events.update(found)
        return found

    @override
    async def revisions(self, names: Collection[RevisionName]) -> PutAside:
        await self._write()
        await self._ownership.own({name.record for name in names})
        ids = {self._writes.revision_id(name): name for name in names}
        rows = await self._transaction.rows(_REVISIONS, ids=sorted(ids)) if ids else ()
        return {ids[revision]: read_statements(statements) for revision, statements in rows}

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        await self._ownership.own(records)
        return self._remembered.decisions_about(records)

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        await self._write()
        await self._ownership.own(records)
        return await self._matching.compared(records)

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        await self._write()
        await self._ownership.own(records)
        return await self._matching.matches_about(records)

    @override
    async def evidence_about(self, records: Collection[RecordKey]) -> Mapping[Pair, float]:
        return evidence_of(await self.matches_about(records))

    @override
    async def blocks(self, most: Mapping[int, int]) -> Blocks:
        return await self._matching.blocks(most)

    @override
    async def keep_matching(self, changes: MatchingChanges) -> None:
        await self._write()
        await self._matching.keep(changes)

    @override
    async def keep(self, changes: EvidenceChanges) -> None:
        await self._write()
        ownership, named = self._ownership, identifiers_of(changes)
        await ownership.secure(named)
        new = records_of(changes) - ownership.known
        known = Known(ownership.known, ownership.identifiers, self._events)
        self._pending, self._has_changed = Pending.of(changes, known), True
        ownership.own_new(new)
        ownership.hold_new(named)
        self._remembered.kept(changes, new)

    @override
    async def resolve(self, changes: ResolutionChanges) -> None:
        self._pending, self._has_changed = self._pending or Pending(), True
        self._pending.resolve(changes)
        self._remembered.resolved(changes)

    @override
    async def keep_rule_values(self, values: Sequence[RuleValues]) -> None:
        await keep_rule_values(self._transaction, values)

    @override
    async def note_outcome(self, entry_id: str, outcome: Outcome, at: int) -> None:
        self._receipts.append(receipts.Receipt(entry_id, outcome, at))

    @override
    def emit(self, entry: NewEntry) -> None:
        self._closing.emitted.append(entry)

    async def advance(self, before: Positions, after: Positions) -> None:
        """A conflict shows when the unit ends."""
        self._closing.before, self._closing.after = before, after

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        self.emit(dead_letter_entry(entry, group, code))
        await self.note_outcome(entry.id, "DEAD_LETTERED", entry.time)

    @override
    def schedule(self, due: int, key: str) -> None:
        self._scheduled.add(Scheduled(due, key))

    @override
    async def tick(self, at: int) -> None:
        await schedule.tick(self._transaction, at)

    @override
    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        return await schedule.take_due(self._transaction, limit)

    async def flush(self) -> None:
        """Write what is buffered, and forget receipts past their life."""
        await self._write()
        await receipts.note(self._transaction, self._receipts)
        await schedule.put(self._transaction, self._scheduled)
        await self._closing.write(self._transaction, self.epoch)

    async def _write(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            await self._writes.write(pending, self._remembered)

    def _holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        nobody, held = Holding(), self._remembered.holdings
        return {identifier: held.get(identifier, nobody) for identifier in identifiers}

    async def _read_events(self, names: Collection[EventName]) -> dict[EventName, TrackedEvent]:
        ids = {event_id(name): name for name in names}
        rows = await self._transaction.rows(_EVENTS, ids=sorted(ids)) if ids else ()
        found = (
            TrackedEvent(ids[event], stamp, record_of(record), tuple(map(identifier_of, carried)))
            for event, stamp, record, carried in rows
        )
        return {event.name: event for event in found}
