"""The identity store on Neo4j."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from c360_kernel.conditions.tree import Values
from c360_kernel.errors import Conflict, Transient
from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry, Partition, Position, Positions
from c360_kernel.log.identity import Origin
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import AsideStore, Attempt, Outgoing
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.projection.witness import LatestEntries, witness
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.version import Version
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import Holding, Observation, SourceRecord
from c360_identity.domain.rulings import rulings
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.digest import RecordContent, digest
from c360_identity.store.matching_port import Doubtful, Match
from c360_identity.store.neo4j import outbox, positions, schedule
from c360_identity.store.neo4j.address import Address
from c360_identity.store.neo4j.closing import EpochMoved
from c360_identity.store.neo4j.connection import TRANSACTION_S
from c360_identity.store.neo4j.errors import TIMED_OUT
from c360_identity.store.neo4j.generation import Aside, Current
from c360_identity.store.neo4j.labels import Labels
from c360_identity.store.neo4j.matching import Neo4jMatching
from c360_identity.store.neo4j.moves import MOVES, REFUSED, move_of
from c360_identity.store.neo4j.ownership import Wanted
from c360_identity.store.neo4j.reads import (
    GraphReads,
    decision_of,
    identifier_of,
    observation_of,
    record_of,
)
from c360_identity.store.neo4j.receipts import OUTCOMES
from c360_identity.store.neo4j.rule_values import VALUES
from c360_identity.store.neo4j.unit import Neo4jIdentityUnit
from c360_identity.store.port import IdentityStore
from c360_identity.store.rule_values_text import read_values

_KEY_PROBE = RecordKey("c360", "instance-key")
_PAGE = 1000
# A batch that the server ended once would be ended for ever.
_LONGEST_S = 160.0
_SEEDS = (
    "UNWIND $given.ids AS id MATCH (r:Record {id: id}) USING INDEX SEEK r:Record(id)"
    " WHERE r.age IS NOT NULL RETURN collect([id, r.name])"
)
_ASSIGNMENTS = (
    "MATCH (r:Record) USING INDEX SEEK r:Record(id) WHERE r.id > $given.after AND r.age IS NOT NULL"
    " WITH r ORDER BY r.id LIMIT $given.limit RETURN collect([r.id, r.name, r.seed, r.seed_name])"
)
_EVENT_COUNTS = (
    "MATCH (e:Event) WITH e.record AS record, count(e) AS events RETURN collect([record, events])"
)
_DECISIONS = (
    "MATCH (a:Record)-[d:DECIDED]->(b)"
    " RETURN collect([a.name, b.name, d.id, d.kind, d.stamp, d.undoes, d.actor, d.reason])"
)
_GENERIC = "MATCH (i:Identifier) WHERE i.generic RETURN collect([i.name])"
_LARGE = (
    "MATCH (r:Record) WHERE r.seed IS NOT NULL WITH r.seed_name AS seed, count(r) AS n"
    " WHERE n >= $given.least RETURN collect([seed, n])"
)
_COUNTS = {
    "records": "MATCH (r:Record) WHERE r.seed IS NOT NULL RETURN [[count(r)]]",
    "customers": "MATCH (r:Record) WHERE r.seed IS NOT NULL RETURN [[count(DISTINCT r.seed)]]",
    "largest_customer": "MATCH (r:Record) WHERE r.seed IS NOT NULL"
    " WITH r.seed AS seed, count(r) AS n RETURN [[coalesce(max(n), 0)]]",
    "identifiers": "MATCH (i:Identifier) WHERE i.holders > 0 RETURN [[count(i)]]",
    "events": "MATCH (e:Event) RETURN [[count(e)]]",
}
_BASIS = "MATCH (m:Meta {name: 'state'}) RETURN [[m.basis]]"
_DERIVE_BY = "MATCH (m:Meta {name: 'state'}) SET m.basis = $given.basis"
_START_EPOCH = "MATCH (m:Meta {name: 'state'}) SET m.epoch = $given.epoch"


class Neo4jIdentityStore(IdentityStore, MarkedStore, TimedStore[Any], Witness):
    """The identity graph in Neo4j. Several processes may feed and read it at once.

    Made by `open_store` or `open_aside`. The server ends a unit that takes longer than `limit_s`.
    """

    def __init__(
        self, current: Current, customer_id: CustomerIds, limit_s: float = TRANSACTION_S
    ) -> None:
        self._current = current
        self._customer_id = customer_id
        self._reads = GraphReads(current, customer_id)
        self._matching = Neo4jMatching(current, customer_id)
        self._contended = Wanted()
        self._first_limit_s = self._limit_s = limit_s
        self._ended = positions.Ended()
        self._begun = LatestEntries()
        self._relayed: list[int] = []
        self._written = outbox.LatestParcels()

    @property
    @override
    def epoch(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - read alone
        return self._current.epoch

    @override
    async def claimed(self, by: Origin) -> Origin:
        return await self._current.claimed(by)

    @asynccontextmanager
    @override
    async def unit(self) -> AsyncGenerator[Neo4jIdentityUnit]:
        """Open a unit of work.

        Where it meets another unit crosswise it fails (`Conflict`); the next one
        of this store then begins with the locks that this one got to. Where it
        takes longer than it may, the next one may take twice as long.
        """
        labels = await self._current.labels()
        try:
            async with self._attempt(labels) as unit:
                yield unit
        except Transient as error:
            if error.code == TIMED_OUT:
                self._limit_s = min(2 * self._limit_s, _LONGEST_S)
            raise
        self._contended, self._limit_s = Wanted(), self._first_limit_s

    @asynccontextmanager
    async def _attempt(self, labels: Labels) -> AsyncGenerator[Neo4jIdentityUnit]:
        connection, current = self._current.connection, self._current
        async with connection.transaction(labels, self._limit_s) as transaction:
            unit = Neo4jIdentityUnit(transaction, current.epoch, self._customer_id, self._begun)
            try:
                await unit.take(self._contended)
                yield unit
                await unit.flush()
            except EpochMoved as moved:
                current.epoch = moved.epoch
                raise
            except Conflict:
                self._contended = unit.wanted
                raise
        self._ended.committed(unit.advanced)
        self._written.keep(labels.generation, unit.parcels)

    @override
    async def positions(self) -> Positions:
        rows = await self._current.rows(positions.POSITIONS)
        return {Partition(topic, number): offset for topic, number, offset in rows}

    @override
    async def witnessed(self) -> Mapping[Position, str]:
        rows = await self._current.rows(positions.WITNESSED)
        return dict(witness(Partition(topic, number), text) for topic, number, text in rows)

    @override
    async def waiting(self) -> Waiting:
        ((present, due),) = await self._current.rows(schedule.WAITING)
        return Waiting(present, due)

    @override
    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        await self._forget_relayed()
        found: list[Outgoing] = []
        after = 0
        while len(found) < limit:
            # Of one generation: numbers of another's parcels would name other entries.
            labels = await self._current.labels()
            known = self._written.known(labels.generation)
            given = {"after": after, "parcels": outbox.PARCELS, "known": sorted(known)}
            statement = labels.apply(outbox.OUTGOING)
            rows = await self._current.connection.read(statement, {"given": given})
            found.extend(out for row in rows for out in outbox.outgoing_of(row, known))
            if len(rows) < outbox.PARCELS:
                break
            after = rows[-1][0]
        return found[:limit]

    @override
    async def relayed(self, sequences: Sequence[int]) -> None:
        """Drop these entries from the outbox.

        It is written along with the mark of what is begun next, or before what waits is asked
        for again: to lose it costs that entries are relayed once more.
        """
        self._relayed.extend(sequences)
        self._written.forget(sequences)

    async def _forget_relayed(self) -> None:
        if self._relayed:
            await self._current.change(outbox.RELAYED, relayed=outbox.relayed_rows(self._relayed))
            self._relayed.clear()

    @override
    async def attempts(self) -> Sequence[Attempt]:
        rows = await self._current.rows(positions.BEGUN)
        return [Attempt(Partition(topic, number), *span) for topic, number, *span in rows]

    @override
    async def begin(self, entries: Sequence[Entry]) -> None:
        self._ended.begin(entries)
        self._begun.begin(entries)
        relayed = outbox.relayed_rows(self._relayed)
        await self._current.change(positions.BEGIN, rows=positions.spans(entries), relayed=relayed)
        self._relayed.clear()

    @override
    async def end(self, entries: Sequence[Entry]) -> None:
        if not self._ended.covers(entries):
            await self._current.change(positions.END, rows=positions.spans(entries))

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return await self._reads.records(keys)

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        return await self._reads.observations_of(records)

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        return await self._reads.observations_to(identifiers)

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        return await self._reads.holdings(identifiers)

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        return await self._reads.decisions_about(records)

    @override
    async def large(self, least: int) -> Mapping[RecordKey, int]:
        rows = await self._current.rows(_LARGE, least=least)
        return {record_of(name): records for name, records in rows}

    @override
    async def seeds(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        rows = await self._current.rows(_SEEDS, ids=sorted(customer_ids))
        return {customer_id: record_of(name) for customer_id, name in rows}

    @override
    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        found: dict[RecordKey, list[SourceRecord]] = {seed: [] for seed in seeds}
        for record in await self._reads.members(seeds):
            if record.seed is not None:
                found[record.seed].append(record)
        return {seed: records[:most] for seed, records in found.items()}

    @override
    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        members = await self.members(seeds)
        seed_of = {record.key: seed for seed, records in members.items() for record in records}
        found: dict[RecordKey, set[Identifier]] = {seed: set() for seed in seeds}
        for edge in await self.observations_of(seed_of.keys()):
            if edge.active:
                found[seed_of[edge.record]].add(edge.identifier)
        return dict(found)

    @override
    async def moves(self, about: Collection[RecordKey]) -> Sequence[Move]:
        rows = await self._current.rows(MOVES, ids=self._reads.ids(about)) if about else ()
        return [move_of(row) for row in rows]

    @override
    async def refused(self, since: str, skip: int, limit: int) -> Sequence[Observation]:
        rows = await self._current.rows(REFUSED, since=since, skip=skip, limit=limit)
        return [observation_of(row) for row in rows]

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        return await self._matching.compared(records)

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        return await self._matching.matches_about(records)

    @override
    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        return await self._matching.doubtful(since, skip, limit)

    @override
    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        rows = await self._current.rows(OUTCOMES, entries=sorted(entry_ids))
        return {row[0]: row[1] for row in rows}

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        rows = await self._current.rows(VALUES, ids=sorted(customers))
        return {customer: read_values(text) for customer, text in rows}

    @override
    async def derived_by(self) -> str | None:
        ((basis,),) = await self._current.rows(_BASIS)
        return basis

    @override
    async def derive_by(self, basis: str) -> None:
        await self._current.change(_DERIVE_BY, basis=basis)

    @override
    async def emissions(self) -> AsyncIterator[RecordAssigned]:
        async for name, customer, _ in self._assignments():
            yield RecordAssigned(record_of(name), customer or "", Version(self.epoch, 0))

    @override
    async def counts(self) -> Mapping[str, int]:
        # A server has none put off: it solves within the batch.
        found: dict[str, int] = {"solves_left": 0}
        for name, statement in _COUNTS.items():
            ((found[name],),) = await self._current.rows(statement)
        return found

    @override
    async def digest(self) -> str:
        contents = await self._contents()
        decisions = [decision_of(row) for row in await self._current.rows(_DECISIONS)]
        generic = [identifier_of(name) for (name,) in await self._current.rows(_GENERIC)]
        return digest(contents, rulings(decisions), generic)

    @override
    async def start_epoch(self, epoch: int) -> None:
        await self._current.change(_START_EPOCH, epoch=epoch)
        self._current.epoch = epoch

    @override
    async def clear_outbox(self) -> None:
        while outgoing := await self.outgoing(_PAGE):
            await self.relayed([out.sequence for out in outgoing])

    @override
    async def close(self) -> None:
        with suppress(Transient, Conflict):
            await self._forget_relayed()
        await self._current.close()

    async def _contents(self) -> list[RecordContent]:
        events = {row[0]: row[1] for row in await self._current.rows(_EVENT_COUNTS)}
        seeds = {record_of(name): seed async for name, _, seed in self._assignments()}
        keys = sorted(seeds)
        edges: dict[RecordKey, list[Observation]] = {key: [] for key in keys}
        for start in range(0, len(keys), _PAGE):
            for edge in await self._reads.observations_of(keys[start : start + _PAGE]):
                edges[edge.record].append(edge)
        return [
            RecordContent(key, _record_or_none(seeds[key]), events.get(str(key), 0), edges[key])
            for key in keys
        ]

    async def _assignments(self) -> AsyncIterator[tuple[str, str | None, str | None]]:
        """The name of each record, and its customer's id and seed's name, page by page."""
        after = ""
        while rows := await self._current.rows(_ASSIGNMENTS, after=after, limit=_PAGE):
            after = rows[-1][0]
            for _, name, customer, seed in rows:
                yield name, customer, seed


class Neo4jIdentityStoreAside(Neo4jIdentityStore, AsideStore):  # pyright: ignore[reportIncompatibleVariableOverride] - as there
    """A store in the making, to be put in the place of the live one."""

    def __init__(self, aside: Aside, customer_id: CustomerIds) -> None:
        super().__init__(aside, customer_id)
        self._aside = aside

    @override
    async def install(self) -> None:
        await self._aside.install()


def open_store(address: Address, customer_id: CustomerIds) -> Neo4jIdentityStore:
    """The live store of a database. Connects at its first use."""
    return Neo4jIdentityStore(Current(address, customer_id(_KEY_PROBE)), customer_id)


def open_aside(address: Address, customer_id: CustomerIds) -> Neo4jIdentityStoreAside:
    """An empty store in the same database."""
    return Neo4jIdentityStoreAside(Aside(address, customer_id(_KEY_PROBE)), customer_id)


def _record_or_none(name: str | None) -> RecordKey | None:
    return None if name is None else record_of(name)
