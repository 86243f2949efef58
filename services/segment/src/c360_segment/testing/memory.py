"""The SegmentStore as plain dictionaries: the model that adapters are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace

from c360_kernel.conditions.tree import ValueCondition, Values
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Entry, NewEntry, Partition, Positions
from c360_kernel.log.identity import Origin
from c360_kernel.payload import MembershipChanged
from c360_kernel.projection.port import Attempt, Outgoing
from c360_kernel.projection.schedule import Waiting
from c360_kernel.projection.sqlite import dead_letter_entry
from c360_kernel.record import RecordKey
from c360_kernel.testing.timetable import NOTHING_SCHEDULED, MemoryTimedUnit, Timetable
from c360_kernel.version import Version
from pyroaring import FrozenBitMap

from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.store.digest import Content, digest_of
from c360_segment.store.port import Changes, Definitions


@dataclass(slots=True)
class _State:
    events: dict[EventName, SeenEvent] = field(default_factory=dict[EventName, SeenEvent])
    records: dict[RecordKey, RecordState] = field(default_factory=dict[RecordKey, RecordState])
    profiles: dict[str, ProfileState] = field(default_factory=dict[str, ProfileState])
    memberships: dict[tuple[str, str], Membership] = field(
        default_factory=dict[tuple[str, str], Membership]
    )
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    positions: dict[Partition, int] = field(default_factory=dict[Partition, int])
    outbox: dict[int, NewEntry] = field(default_factory=dict[int, NewEntry])
    definitions: Definitions = field(default_factory=Definitions)
    latest: str = ""
    sequence: int = 0
    timetable: Timetable = NOTHING_SCHEDULED

    def copied(self) -> _State:
        """A state that can change without this one."""
        copies = {
            f.name: dict(held)
            for f in fields(self)
            if isinstance(held := getattr(self, f.name), dict)
        }
        return replace(self, **copies)

    def members(self, segment: str) -> list[str]:
        """The ids of a segment's members."""
        return [c for (c, name), s in self.memberships.items() if name == segment and s.member]


class MemoryUnit(MemoryTimedUnit):
    """See `SegmentUnit`; works on a copy that the store takes over when the unit ends well."""

    def __init__(self, state: _State, epoch: int) -> None:
        self.state = state
        self.epoch = epoch

    @property
    def _timed(self) -> _State:
        return self.state

    @property
    def latest(self) -> str:
        """See `SegmentUnit.latest`."""
        return self.state.latest

    def emit(self, entry: NewEntry) -> None:
        """See `Unit.emit`."""
        self.state.sequence += 1
        self.state.outbox[self.state.sequence] = entry

    async def advance(self, before: Positions, after: Positions) -> None:
        """See `Unit.advance`."""
        if any(self.state.positions.get(p, 0) != offset for p, offset in before.items()):
            raise Conflict("another worker handled these entries first", code="POSITION_MOVED")
        self.state.positions.update(after)

    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        """See `Unit.dead_letter`."""
        self.emit(dead_letter_entry(entry, group, code))

    async def events(self, names: Collection[EventName]) -> Mapping[EventName, SeenEvent]:
        """See `SegmentUnit.events`."""
        return {name: self.state.events[name] for name in names if name in self.state.events}

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordState]:
        """See `SegmentUnit.records`."""
        return {key: self.state.records[key] for key in keys if key in self.state.records}

    async def customers(self, ids: Collection[str]) -> Mapping[str, CustomerState]:
        """See `SegmentUnit.customers`."""
        return {c: self._customer(c) for c in ids if c in self.state.numbers}

    async def save(self, changes: Changes) -> None:
        """See `SegmentUnit.save`."""
        self.state.events.update(changes.events)
        for event in changes.events.values():
            self.state.records.setdefault(event.record, RecordState())
        for record, state in changes.records.items():
            self.state.records[record] = state
            self._number(state.customer)
        for customer, profile in changes.profiles.items():
            self._number(customer)
            held = self.state.profiles.get(customer)
            if held is None or profile.version > held.version:
                self.state.profiles[customer] = profile
        self.state.latest = max(self.state.latest, changes.latest)

    async def keep_memberships(self, memberships: Mapping[tuple[str, str], Membership]) -> None:
        """See `SegmentUnit.keep_memberships`."""
        for customer, _ in memberships:
            self._number(customer)
        self.state.memberships.update(memberships)

    async def scan_events(
        self, after: EventName | None, limit: int
    ) -> Sequence[tuple[EventName, SeenEvent]]:
        """See `SegmentUnit.scan_events`."""
        start = after or EventName("", "")
        return [pair for pair in sorted(self.state.events.items()) if pair[0] > start][:limit]

    async def scan_customers(self, after: str, limit: int) -> Sequence[str]:
        """See `SegmentUnit.scan_customers`."""
        return [customer for customer in sorted(self.state.numbers) if customer > after][:limit]

    async def definitions(self) -> Definitions:
        """See `SegmentUnit.definitions`."""
        return self.state.definitions

    async def redefine(self, definitions: Definitions) -> None:
        """See `SegmentUnit.redefine`."""
        if definitions.counting != self.state.definitions.counting:
            for record, state in self.state.records.items():
                self.state.records[record] = replace(state, counts={})
        self.state.definitions = definitions

    def _customer(self, customer: str) -> CustomerState:
        counts: Counter[str] = Counter()
        for state in self.state.records.values():
            if state.customer == customer:
                counts.update(state.counts)
        held = self.state.memberships.items()
        memberships = {segment: membership for (c, segment), membership in held if c == customer}
        return CustomerState(self.state.profiles.get(customer), counts, memberships)

    def _number(self, customer: str) -> None:
        if customer:
            self.state.numbers.setdefault(customer, len(self.state.numbers) + 1)


class MemorySegmentStore:
    """See `SegmentStore`. Nothing survives the process."""

    def __init__(self) -> None:
        self.epoch = 0
        self._state = _State()
        self._attempts: dict[tuple[Partition, int, int], int] = {}
        self._origin: Origin | None = None

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryUnit]:
        """See `SegmentStore.unit`."""
        unit = MemoryUnit(self._state.copied(), self.epoch)
        yield unit
        self._state = unit.state

    async def members(self, segment: str) -> FrozenBitMap:
        """See `SegmentReader.members`."""
        return FrozenBitMap([self._state.numbers[c] for c in self._state.members(segment)])

    async def customers_of(self, numbers: Iterable[int]) -> Sequence[str]:
        """See `SegmentReader.customers_of`."""
        ids = {number: customer for customer, number in self._state.numbers.items()}
        return [ids[number] for number in numbers]

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """See `SegmentReader.segments_of`."""
        held = self._state.memberships.items()
        return {
            customer: frozenset(name for (c, name), s in held if c == customer and s.member)
            for customer in customers
            if customer in self._state.numbers
        }

    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        """See `ScopeValues.values_of`."""
        found = {c: self._state.profiles[c] for c in customers if c in self._state.profiles}
        return {customer: p.traits for customer, p in found.items() if p.live}

    async def meeting(self, condition: ValueCondition) -> FrozenBitMap:
        """See `SegmentReader.meeting`."""
        live = {c: p.traits for c, p in self._state.profiles.items() if p.live}
        return FrozenBitMap(
            [self._state.numbers[c] for c, traits in live.items() if condition.holds(traits)]
        )

    async def emissions(self) -> AsyncIterator[MembershipChanged]:
        """See `SegmentStore.emissions`."""
        for (customer, segment), membership in self._state.memberships.items():
            if membership.member:
                yield MembershipChanged(customer, segment, Version(0, 0), member=True, at=0)

    async def digest(self) -> str:
        """See `SegmentStore.digest`."""
        segments = {segment for _, segment in self._state.memberships}
        return digest_of(
            Content(
                events=sorted(self._state.events.items()),
                records=sorted(self._state.records.items(), key=lambda pair: pair[0]),
                live={c: p.traits for c, p in self._state.profiles.items() if p.live},
                members={segment: self._state.members(segment) for segment in segments},
            )
        )

    async def counts(self) -> Mapping[str, int]:
        """See `SegmentStore.counts`."""
        state = self._state
        return {
            "events": len(state.events),
            "records": sum(bool(record.customer) for record in state.records.values()),
            "customers": sum(profile.live for profile in state.profiles.values()),
            "memberships": sum(membership.member for membership in state.memberships.values()),
        }

    async def claimed(self, by: Origin) -> Origin:
        """See `ProjectionStore.claimed`."""
        if self._origin is None or (self._origin.log == by.log and not self._origin.instance):
            self._origin = by
        return self._origin

    async def positions(self) -> Positions:
        """See `ProjectionStore.positions`."""
        return dict(self._state.positions)

    async def waiting(self) -> Waiting:
        """See `TimedStore.waiting`."""
        return self._state.timetable.waiting

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        """See `ProjectionStore.outgoing`."""
        return [Outgoing(n, entry) for n, entry in list(self._state.outbox.items())[:limit]]

    async def relayed(self, sequences: Sequence[int]) -> None:
        """See `ProjectionStore.relayed`."""
        for sequence in sequences:
            self._state.outbox.pop(sequence, None)

    async def attempts(self) -> Sequence[Attempt]:
        """See `ProjectionStore.attempts`."""
        return [Attempt(*place, times) for place, times in self._attempts.items()]

    async def begin(self, entries: Sequence[Entry]) -> None:
        """See `ProjectionStore.begin`."""
        for entry in entries:
            place = (Partition(entry.topic, entry.partition), entry.offset, entry.offset)
            self._attempts[place] = self._attempts.get(place, 0) + 1

    async def end(self, entries: Sequence[Entry]) -> None:
        """See `ProjectionStore.end`."""
        for entry in entries:
            place = (Partition(entry.topic, entry.partition), entry.offset, entry.offset)
            self._attempts.pop(place, None)

    async def start_epoch(self, epoch: int) -> None:
        """See `ServiceStore.start_epoch`."""
        self.epoch = epoch

    async def clear_outbox(self) -> None:
        """See `ServiceStore.clear_outbox`."""
        self._state.outbox.clear()

    async def close(self) -> None:
        """See `SegmentStore.close`."""
