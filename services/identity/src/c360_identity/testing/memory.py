"""The identity store as a plain model: the yardstick of the contract suite."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from c360_kernel.conditions.tree import Values
from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.testing.memory_work import Feed, MemoryFed, MemoryWork
from c360_kernel.testing.timetable import NOTHING_SCHEDULED, MemoryTimedUnit, Timetable
from c360_kernel.version import Version
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import (
    Customer,
    EventName,
    Holding,
    Observation,
    PutAside,
    SourceRecord,
    Statement,
    TrackedEvent,
)
from c360_identity.domain.rule_values import RuleValues, newest
from c360_identity.domain.rulings import rulings
from c360_identity.domain.statement_fold import Outcome
from c360_identity.store.digest import RecordContent, digest
from c360_identity.store.matching_port import (
    Blocks,
    Doubtful,
    Match,
    MatchingChanges,
    MatchingReader,
    evidence_of,
)
from c360_identity.store.port import (
    RECEIPT_LIFE_MS,
    RECEIPTS_KEPT,
    Around,
    EvidenceChanges,
    IdentityGraph,
    IdentityReader,
    IdentityStore,
    ResolutionChanges,
)


@dataclass
class _State(Feed):
    records: dict[RecordKey, SourceRecord] = field(default_factory=dict[RecordKey, SourceRecord])
    edges: dict[RecordKey, dict[Identifier, Observation]] = field(
        default_factory=dict[RecordKey, dict[Identifier, Observation]]
    )
    holders: dict[Identifier, int] = field(default_factory=dict[Identifier, int])
    generic: dict[Identifier, int] = field(default_factory=dict[Identifier, int])
    events: dict[EventName, TrackedEvent] = field(default_factory=dict[EventName, TrackedEvent])
    revisions: dict[RevisionName, Sequence[Statement]] = field(
        default_factory=dict[RevisionName, Sequence[Statement]]
    )
    compared: dict[RecordKey, str] = field(default_factory=dict[RecordKey, str])
    blocks: dict[int, frozenset[RecordKey]] = field(default_factory=dict[int, frozenset[RecordKey]])
    matches: dict[Pair, Match] = field(default_factory=dict[Pair, Match])
    decisions: dict[tuple[Pair, str], StewardDecision] = field(
        default_factory=dict[tuple[Pair, str], StewardDecision]
    )
    moves: dict[tuple[RecordKey, int], Move] = field(
        default_factory=dict[tuple[RecordKey, int], Move]
    )
    receipts: dict[str, tuple[Outcome, int]] = field(default_factory=dict[str, tuple[Outcome, int]])
    timetable: Timetable = NOTHING_SCHEDULED
    rule_values: dict[str, RuleValues] = field(default_factory=dict[str, RuleValues])

    def draft(self) -> _State:
        """A copy to change; what it holds is replaced, never changed in place."""
        draft = _State()
        for name, value in vars(self).items():
            setattr(draft, name, copy(value))
        draft.edges = {key: dict(held) for key, held in self.edges.items()}
        return draft


class _Reads(IdentityReader, MatchingReader):
    def __init__(self, state: _State) -> None:
        self.state = state

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        held = self.state.records
        return {key: copy(held[key]) for key in keys if key in held}

    @override
    async def observations_of(self, records: Collection[RecordKey]) -> Sequence[Observation]:
        edges = self.state.edges
        return [copy(o) for key in records for o in edges.get(key, {}).values()]

    @override
    async def observations_to(self, identifiers: Collection[Identifier]) -> Sequence[Observation]:
        return [copy(o) for identifier in identifiers for o in self.active(identifier)]

    @override
    async def compared(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        held = self.state.compared
        return {key: held[key] for key in records if key in held}

    @override
    async def matches_about(self, records: Collection[RecordKey]) -> Mapping[Pair, Match]:
        wanted = set(records)
        return {p: m for p, m in self.state.matches.items() if not wanted.isdisjoint(p)}

    @override
    async def holdings(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        return {identifier: self._holding(identifier) for identifier in identifiers}

    @override
    async def decisions_about(self, records: Collection[RecordKey]) -> Sequence[StewardDecision]:
        wanted = set(records)
        return [d for d in self.state.decisions.values() if not wanted.isdisjoint(d.pair)]

    def active(self, identifier: Identifier) -> list[Observation]:
        """The active edges of an identifier, as they were first seen."""
        held = (edges.get(identifier) for edges in self.state.edges.values())
        found = [edge for edge in held if edge is not None and edge.active]
        return sorted(found, key=lambda edge: edge.first_seen)

    def _holding(self, identifier: Identifier) -> Holding:
        generic = identifier in self.state.generic
        edges = self.active(identifier)
        count = self.state.holders.get(identifier, 0)
        head = None if generic or not edges else self.state.records[edges[0].record]
        if head is None or head.seed is None:
            return Holding(count, generic, self.state.generic.get(identifier, 0))
        seed = self.state.records[head.seed]
        return Holding(count, customer=Customer.of(seed))


class MemoryIdentityUnit(_Reads, MemoryTimedUnit, MemoryWork, IdentityGraph):
    """The identity graph on a state of its own, which the store takes over at the end."""

    def __init__(self, state: _State, epoch: int) -> None:
        super().__init__(state)
        self.epoch = epoch

    @property
    def _timed(self) -> _State:
        return self.state

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @override
    async def carriers(self, identifiers: Collection[Identifier]) -> Mapping[Identifier, Holding]:
        return await self.holdings(identifiers)

    @override
    async def expect(
        self, records: Collection[RecordKey], identifiers: Iterable[Identifier]
    ) -> None:
        """Nothing is gained by asking for them together."""

    @override
    async def fellows(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        held = self.state.records
        of_seed = {held[key].seed: key for key in reversed(list(records)) if key in held}
        found: dict[RecordKey, list[SourceRecord]] = {}
        for one in held.values():
            if one.seed is not None and one.seed in of_seed and one.key not in records:
                found.setdefault(of_seed[one.seed], []).append(copy(one))
        return found

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
        state, found = self.state, {seed: set[Identifier]() for seed in seeds}
        for record in state.records.values():
            if record.seed is not None and record.seed in found:
                edges = state.edges.get(record.key, {}).values()
                found[record.seed].update(
                    e.identifier for e in edges if e.active and e.identifier.type in types
                )
        return found

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, TrackedEvent]:
        return {name: self.state.events[name] for name in names if name in self.state.events}

    @override
    async def revisions(self, names: Collection[RevisionName]) -> PutAside:
        held = self.state.revisions
        return {name: held[name] for name in names if name in held}

    @override
    async def evidence_about(self, records: Collection[RecordKey]) -> Mapping[Pair, float]:
        return evidence_of(await self.matches_about(records))

    @override
    async def blocks(self, most: Mapping[int, int]) -> Blocks:
        state = self.state
        held = {key: state.blocks[key] for key in most if state.blocks.get(key)}
        few = {key: [*ones] if len(ones) < most[key] else None for key, ones in held.items()}
        named = {one for ones in few.values() for one in ones or ()}
        return Blocks(few, {one: state.compared[one] for one in named})

    @override
    async def keep_matching(self, changes: MatchingChanges) -> None:
        state = self.state
        for key, placed in changes.placed.items():
            state.compared.pop(key, None)
            if placed.said:
                state.compared[key] = placed.said
            for block in placed.left:
                state.blocks[block] = state.blocks[block] - {key}
            for block in placed.entered:
                state.blocks[block] = state.blocks.get(block, frozenset()) | {key}
        for pair, match in changes.matches.items():
            state.matches.pop(pair, None)
            if match is not None:
                state.matches[pair] = match

    @override
    async def keep(self, changes: EvidenceChanges) -> None:
        state = self.state
        for record in changes.records:
            state.records[record.key] = copy(record)
        for edge in changes.observations:
            state.edges.setdefault(edge.record, {})[edge.identifier] = copy(edge)
        for identifier, change in changes.holders.items():
            state.holders[identifier] = state.holders.get(identifier, 0) + change
        state.events.update((event.name, event) for event in changes.events)
        state.revisions.update(changes.revisions)
        state.decisions.update(((d.pair, d.id), d) for d in changes.decisions)

    @override
    async def resolve(self, changes: ResolutionChanges) -> None:
        for record in changes.records:
            held = self.state.records[record.key] = copy(self.state.records[record.key])
            held.seed, held.version = record.seed, record.version
            held.plain, held.numbered, held.firm = record.plain, record.numbered, record.firm
        for edge in changes.observations:
            held = self.state.edges[edge.record]
            held[edge.identifier] = replace(held[edge.identifier], refused=edge.refused)
        for identifier, anchored in changes.generic.items():
            self.state.generic.pop(identifier, None)
            if anchored is not None:
                self.state.generic[identifier] = anchored
        self.state.moves.update(((one.record, one.version), one) for one in changes.moves)

    @override
    async def keep_rule_values(self, values: Sequence[RuleValues]) -> None:
        self.state.rule_values = dict(newest([*self.state.rule_values.values(), *values]))

    @override
    async def note_outcome(self, entry_id: str, outcome: Outcome, at: int) -> None:
        receipts = self.state.receipts
        receipts.setdefault(entry_id, (outcome, at))
        young = {i: r for i, r in receipts.items() if r[1] >= at - RECEIPT_LIFE_MS}
        self.state.receipts = dict(list(young.items())[-RECEIPTS_KEPT:])

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        await super().dead_letter(entry, group, code)
        await self.note_outcome(entry.id, "DEAD_LETTERED", entry.time)


class MemoryIdentityStore(_Reads, MemoryFed, IdentityStore, TimedStore[Any]):
    """The model of an identity store; nothing survives the process."""

    def __init__(self, customer_id: CustomerIds) -> None:
        super().__init__(_State())
        self.epoch = 0
        self._customer_id = customer_id
        MemoryFed.__init__(self)

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryIdentityUnit]:
        draft = self.state.draft()
        yield MemoryIdentityUnit(draft, self.epoch)
        self.state = draft

    @override
    async def waiting(self) -> Waiting:
        return self.state.timetable.waiting

    @override
    async def large(self, least: int) -> Mapping[RecordKey, int]:
        seeds = Counter(one.seed for one in self.state.records.values() if one.seed)
        return {seed: records for seed, records in seeds.items() if records >= least}

    @override
    async def seeds(self, customer_ids: Collection[str]) -> Mapping[str, RecordKey]:
        named = {self._customer_id(key): key for key in self.state.records}
        return {name: named[name] for name in customer_ids if name in named}

    @override
    async def members(
        self, seeds: Collection[RecordKey], most: int | None = None
    ) -> Mapping[RecordKey, Sequence[SourceRecord]]:
        oldest = sorted(self.state.records.values(), key=lambda record: record.age)
        return {seed: [copy(r) for r in oldest if r.seed == seed][:most] for seed in seeds}

    @override
    async def identifiers_of(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        return {
            seed: {e.identifier for r in records for e in self._carried(r.key) if e.active}
            for seed, records in (await self.members(seeds)).items()
        }

    def _carried(self, key: RecordKey) -> Collection[Observation]:
        return self.state.edges.get(key, {}).values()

    @override
    async def moves(self, about: Collection[RecordKey]) -> Sequence[Move]:
        wanted, moves = set(about), self.state.moves.values()
        return [one for one in moves if one.record in wanted or one.left in wanted]

    @override
    async def refused(self, since: str, skip: int, limit: int) -> Sequence[Observation]:
        edges = (edge for held in self.state.edges.values() for edge in held.values())
        found = [copy(one) for one in edges if one.refused and one.first_seen >= since]
        found.sort(key=lambda one: (one.first_seen, one.record, one.identifier))
        return found[skip : skip + limit]

    @override
    async def doubtful(self, since: str, skip: int, limit: int) -> Sequence[Doubtful]:
        ages = {key: one.age for key, one in self.state.records.items()}
        found = [
            Doubtful(pair, max(ages[pair[0]], ages[pair[1]]), match.bits)
            for pair, match in self.state.matches.items()
            if not match.accepted
        ]
        found = sorted(
            (one for one in found if one.since >= since), key=lambda d: (d.since, d.pair)
        )
        return found[skip : skip + limit]

    @override
    async def outcomes(self, entry_ids: Collection[str]) -> Mapping[str, Outcome]:
        held = self.state.receipts
        return {name: held[name][0] for name in entry_ids if name in held}

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        rule_values = {
            one: self.state.rule_values[one].values
            for one in customers
            if one in self.state.rule_values
        }
        return {customer: values for customer, values in rule_values.items() if values is not None}

    @override
    async def emissions(self) -> AsyncIterator[RecordAssigned]:
        for record in list(self.state.records.values()):
            customer = "" if record.seed is None else self._customer_id(record.seed)
            yield RecordAssigned(record.key, customer, Version(self.epoch, 0))

    @override
    async def counts(self) -> Mapping[str, int]:
        seeds = Counter(one.seed for one in self.state.records.values() if one.seed)
        return {
            "records": seeds.total(),
            "customers": len(seeds),
            "solves_left": 0,
            "largest_customer": max(seeds.values(), default=0),
            "identifiers": sum(1 for held in self.state.holders.values() if held),
            "events": len(self.state.events),
        }

    @override
    async def digest(self) -> str:
        state = self.state
        counts: dict[RecordKey, int] = {}
        for event in state.events.values():
            counts[event.record] = counts.get(event.record, 0) + 1
        contents = (
            RecordContent(
                key,
                state.records[key].seed,
                counts.get(key, 0),
                list(state.edges.get(key, {}).values()),
            )
            for key in sorted(state.records)
        )
        return digest(contents, rulings(state.decisions.values()), state.generic)

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch."""
        self.epoch = epoch

    async def close(self) -> None:
        """Nothing to release."""
