"""The SegmentStore as plain dictionaries: the model that adapters are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

from c360_kernel.accounts.links import AccountState, Link, LinkSaid, link_of
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.accounts.seen import Said
from c360_kernel.conditions.tree import ValueCondition, Values
from c360_kernel.objects.known import KnownObject, ObjectName, last_observed
from c360_kernel.payload import MembershipChanged
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_kernel.testing.memory_work import Feed, MemoryFed, MemoryWork
from c360_kernel.testing.timetable import NOTHING_SCHEDULED, MemoryTimedUnit, Timetable
from c360_kernel.version import Version
from pyroaring import FrozenBitMap
from typing_extensions import override

from c360_segment.domain.known import Known
from c360_segment.domain.live import SavedSegments
from c360_segment.domain.past import Past, Telling, past_of
from c360_segment.domain.performed import Performed
from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.state import (
    CustomerState,
    EventName,
    Looked,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.told import Place, Stretch, Told
from c360_segment.store.accounts import Accounts, Linked
from c360_segment.store.digest import Content, digest_of
from c360_segment.store.objects import Holding, ObjectReader, ObjectUnit, Reference, Referring
from c360_segment.store.port import Changes, Definitions, SegmentStore, SegmentUnit


@dataclass(slots=True)
class _State(Feed):
    events: dict[EventName, SeenEvent] = field(default_factory=dict[EventName, SeenEvent])
    records: dict[RecordKey, RecordState] = field(default_factory=dict[RecordKey, RecordState])
    profiles: dict[str, ProfileState] = field(default_factory=dict[str, ProfileState])
    memberships: dict[tuple[str, str], Membership] = field(
        default_factory=dict[tuple[str, str], Membership]
    )
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    looks: dict[str, Looked | None] = field(default_factory=dict[str, Looked | None])
    saved: dict[tuple[str, int], SavedSegment] = field(
        default_factory=dict[tuple[str, int], SavedSegment]
    )
    links: dict[RecordKey, tuple[LinkSaid, ...]] = field(
        default_factory=dict[RecordKey, tuple[LinkSaid, ...]]
    )
    accounts: dict[RecordKey, AccountState] = field(default_factory=dict[RecordKey, AccountState])
    account_said: dict[RecordKey, tuple[AccountSaid, ...]] = field(
        default_factory=dict[RecordKey, tuple[AccountSaid, ...]]
    )
    past: dict[tuple[str, Version], Telling] = field(
        default_factory=dict[tuple[str, Version], Telling]
    )
    told: dict[tuple[str, Place], Told] = field(default_factory=dict[tuple[str, Place], Told])
    objects: dict[ObjectName, KnownObject] = field(default_factory=dict[ObjectName, KnownObject])
    definitions: Definitions = field(default_factory=Definitions)
    latest: str = ""
    basis: str | None = None
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


class _MemorySaved(SavedSegments):
    state: _State

    @override
    async def saved_mark(self) -> str:
        return repr(sorted((*key, one.stamp) for key, one in self.state.saved.items()))

    @override
    async def saved(self) -> Sequence[SavedSegment]:
        newest = {name: one for (name, _), one in sorted(self.state.saved.items())}
        return list(newest.values())

    @override
    async def saved_versions(self, name: str) -> Sequence[SavedSegment]:
        found = [one for (held, _), one in self.state.saved.items() if held == name]
        return sorted(found, key=lambda one: -one.version)


class _MemoryObjects(ObjectReader):
    state: _State

    @override
    async def objects_of(self, type_: str, limit: int) -> Sequence[KnownObject]:
        names = sorted(name for name in self.state.objects if name.type == type_)
        return [self.state.objects[name] for name in names[:limit]]

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        return {name: self.state.objects[name] for name in names if name in self.state.objects}


class _MemoryAccounts(Accounts):
    state: _State

    @override
    async def accounts(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountState]:
        return {key: self.state.accounts[key] for key in keys if key in self.state.accounts}

    @override
    async def account_records(self, accounts: Collection[str]) -> Mapping[str, Said]:
        found: dict[str, dict[RecordKey, tuple[AccountSaid, ...]]] = {}
        for key, one in self.state.accounts.items():
            if one.account and one.account in accounts:
                said = self.state.account_said.get(key, ())
                found.setdefault(one.account, {})[key] = said
        return found


class _MemoryObjectUnit(_MemoryObjects, ObjectUnit):
    @override
    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        self.state.objects |= last_observed([*self.state.objects.values(), *objects])

    @override
    async def referring(self, reference: Reference, after: str, limit: int) -> Referring:
        held = {
            str(one.record): one.record
            for one in self.state.events.values()
            if one.name in reference.events
            and one.properties.get(reference.property) == reference.key
        }
        names = sorted(name for name in held if name > after)[:limit]
        return Referring([held[n] for n in names], names[-1] if len(names) == limit else "")

    @override
    async def holding(self, trait: str, key: str, after: str, limit: int) -> Holding:
        held = [c for c, one in self.state.profiles.items() if one.traits.get(trait) == key]
        found = sorted(c for c in held if c > after)[:limit]
        return Holding(found, found[-1] if len(found) == limit else "")

    @override
    async def refer_by(self, properties: Collection[str], traits: Collection[str]) -> None: ...


class MemoryUnit(
    _MemorySaved, _MemoryAccounts, _MemoryObjectUnit, MemoryTimedUnit, MemoryWork, SegmentUnit
):
    """A unit in memory: it works on a copy that the store takes over when the unit ends well."""

    def __init__(self, state: _State, epoch: int) -> None:
        self.state = state
        self.epoch = epoch

    @property
    def _timed(self) -> _State:
        return self.state

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @property
    @override
    def latest(self) -> str:
        return self.state.latest

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, SeenEvent]:
        return {name: self.state.events[name] for name in names if name in self.state.events}

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, RecordState]:
        return {key: self.state.records[key] for key in keys if key in self.state.records}

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, CustomerState]:
        return {c: self._customer(c) for c in ids if c in self.state.numbers}

    @override
    async def happened(
        self, wanted: Mapping[str, Collection[str]]
    ) -> Mapping[str, Sequence[Happened]]:
        found: dict[str, list[Happened]] = {}
        for (source, message_id), one in self.state.events.items():
            customer = self.state.records.get(one.record, RecordState()).customer
            if one.name in wanted.get(customer, ()):
                event = Happened(one.at, source, message_id, one.name, one.stamp, one.properties)
                found.setdefault(customer, []).append(event)
        return found

    @override
    async def inside(
        self, wanted: Mapping[str, Collection[str] | None]
    ) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {customer: set() for customer in wanted}
        for (customer, segment), membership in self.state.memberships.items():
            among = wanted.get(customer, ())
            if membership.member and (among is None or segment in among):
                found[customer].add(segment)
        return {customer: frozenset(segments) for customer, segments in found.items()}

    @override
    async def versions(
        self, pairs: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Version]:
        held = self.state.memberships
        return {pair: held[pair].version for pair in pairs if pair in held}

    @override
    async def links(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, tuple[LinkSaid, ...]]:
        return {key: self.state.links[key] for key in keys if key in self.state.links}

    @override
    async def acting(self, customers: Collection[str]) -> Mapping[str, Sequence[Link]]:
        found: dict[str, list[Link]] = {}
        for link in filter(None, map(link_of, self.state.links.values())):
            customer = self.state.records[link.person].customer
            known = self.state.accounts.get(link.account)
            if customer in customers and known is not None and known.account:
                found.setdefault(customer, []).append(link)
        return found

    @override
    async def said_of_accounts(
        self, keys: Collection[RecordKey]
    ) -> Mapping[RecordKey, tuple[AccountSaid, ...]]:
        return {key: self.state.account_said[key] for key in keys if key in self.state.account_said}

    @override
    async def linked_to(self, account: RecordKey, after: str, limit: int) -> Linked:
        held = filter(None, map(link_of, self.state.links.values()))
        persons = {str(one.person): one.person for one in held if one.account == account}
        names = sorted(name for name in persons if name > after)[:limit]
        return Linked([persons[n] for n in names], names[-1] if len(names) == limit else "")

    @override
    async def past(self, customers: Collection[str]) -> Mapping[str, Past]:
        told: dict[str, list[Telling]] = {}
        for (customer, _), one in self.state.past.items():
            told.setdefault(customer, []).append(one)
        found = {
            customer: Past(
                told.get(customer, ()),
                [own for own in told.values() if any(one.successor == customer for one in own)],
            )
            for customer in customers
        }
        return {customer: past for customer, past in found.items() if past.told or past.joined}

    @override
    async def present(self) -> int:
        return self.state.timetable.present

    @override
    async def save(self, changes: Changes) -> None:
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
        self.state.links.update(changes.links)
        for said in changes.links.values():
            link = link_of(said)
            if link is not None:
                self.state.records.setdefault(link.person, RecordState())
        self.state.accounts.update(changes.accounts)
        self.state.account_said.update(changes.account_said)
        for customer, past in changes.past.items():
            self._number(customer)
            for one in past:
                self.state.past.setdefault((customer, one.version), one)
        self.state.told |= {(told.segment, told.place): told for told in changes.told}
        for one in changes.saved:
            held_version = self.state.saved.get((one.name, one.version))
            if held_version is None or one.stamp < held_version.stamp:
                self.state.saved[one.name, one.version] = one
        self.state.latest = max(self.state.latest, changes.latest)

    @override
    async def keep_memberships(self, memberships: Mapping[tuple[str, str], Membership]) -> None:
        for customer, _ in memberships:
            self._number(customer)
        self.state.memberships.update(memberships)

    @override
    async def keep_looks(self, looks: Mapping[str, Looked | None]) -> None:
        self.state.looks.update(looks)

    @override
    async def scan_events(
        self, after: EventName | None, limit: int
    ) -> Sequence[tuple[EventName, SeenEvent]]:
        start = after or EventName("", "")
        return [pair for pair in sorted(self.state.events.items()) if pair[0] > start][:limit]

    @override
    async def scan_customers(self, after: str, limit: int) -> Sequence[str]:
        return [customer for customer in sorted(self.state.numbers) if customer > after][:limit]

    @override
    async def count_customers(self) -> int:
        return len(self.state.numbers)

    @override
    async def definitions(self) -> Definitions:
        return self.state.definitions

    @override
    async def redefine(self, definitions: Definitions) -> None:
        if definitions.counting != self.state.definitions.counting:
            for record, state in self.state.records.items():
                self.state.records[record] = replace(state, counts={})
        self.state.definitions = definitions

    def _customer(self, customer: str) -> CustomerState:
        counts: Counter[str] = Counter()
        for state in self.state.records.values():
            if state.customer == customer:
                counts.update(state.counts)
        looked = self.state.looks.get(customer)
        return CustomerState(self.state.profiles.get(customer), counts, looked)

    def _number(self, customer: str) -> None:
        if customer:
            self.state.numbers.setdefault(customer, len(self.state.numbers) + 1)


class MemorySegmentStore(
    MemoryFed, _MemorySaved, _MemoryAccounts, _MemoryObjects, SegmentStore, TimedStore[Any]
):
    """The model of a segment store. Nothing survives the process."""

    def __init__(self) -> None:
        self.epoch = 0
        self.state = _State()
        MemoryFed.__init__(self)

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryUnit]:
        unit = MemoryUnit(self.state.copied(), self.epoch)
        yield unit
        self.state = unit.state

    @override
    async def members(self, segment: str) -> FrozenBitMap:
        return FrozenBitMap([self.state.numbers[c] for c in self.state.members(segment)])

    @override
    async def customers_of(self, numbers: Iterable[int]) -> Sequence[str]:
        ids = {number: customer for customer, number in self.state.numbers.items()}
        return [ids[number] for number in numbers]

    @override
    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, frozenset[str]]:
        held = self.state.memberships.items()
        return {
            customer: frozenset(name for (c, name), s in held if c == customer and s.member)
            for customer in customers
            if customer in self.state.numbers
        }

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        found = {c: self.state.profiles[c] for c in customers if c in self.state.profiles}
        return {customer: p.traits for customer, p in found.items() if p.live}

    @override
    async def known(
        self, customers: Collection[str], events: Collection[str]
    ) -> Mapping[str, Known]:
        unit = MemoryUnit(self.state, self.epoch)
        live, tick = await self.values_of(customers), await unit.present()
        happened = await unit.happened(dict.fromkeys(live, events))
        acting, past = await unit.acting(live), await unit.past(live)
        return {
            c: Known(
                traits,
                happened.get(c, ()),
                tick,
                c,
                acting.get(c, ()),
                past=past_of(c, past.get(c, Past())),
            )
            for c, traits in live.items()
        }

    @override
    async def history(self, segment: str, stretch: Stretch) -> Sequence[Told]:
        found = (t for (name, _), t in self.state.told.items() if name == segment)
        kept = (t for t in found if t.at >= stretch.since)
        newest = sorted(kept, key=lambda t: t.place, reverse=True)
        before = stretch.before
        return [t for t in newest if before is None or t.place < before][: stretch.limit]

    @override
    async def segments_at(self, customers: Sequence[str], at: int) -> Sequence[Told]:
        newest: dict[tuple[str, str], Told] = {}
        for told in sorted(self.state.told.values(), key=lambda t: t.version):
            if told.customer in customers and told.at <= at:
                newest[told.customer, told.segment] = told
        return [newest[key] for key in sorted(newest)]

    @override
    async def meeting(
        self, condition: ValueCondition, among: FrozenBitMap | None = None
    ) -> FrozenBitMap:
        live = {c: p.traits for c, p in self.state.profiles.items() if p.live}
        found = FrozenBitMap(
            [self.state.numbers[c] for c, traits in live.items() if condition.holds(traits)]
        )
        return found if among is None else found & among

    @override
    async def performing(self, asked: Performed, least: int) -> FrozenBitMap:
        since, until = asked.span
        seen = Counter(
            self._owner(one)
            for one in self.state.events.values()
            if one.name == asked.event
            and (since is None or one.at >= since)
            and (until is None or one.at < until)
            and all(test.holds(one.properties) for test in asked.where)
        )
        numbers = self.state.numbers
        return FrozenBitMap([numbers[c] for c, times in seen.items() if c and times >= least])

    @override
    async def linked(self) -> FrozenBitMap:
        unit = MemoryUnit(self.state, self.epoch)
        found = await unit.acting(self.state.numbers)
        return FrozenBitMap([self.state.numbers[customer] for customer in found])

    @override
    async def later(self, names: Collection[str], than: int) -> FrozenBitMap:
        events = self.state.events.values()
        found = {self._owner(e) for e in events if e.name in names and stamp_ms(e.stamp) > than}
        return FrozenBitMap([self.state.numbers[customer] for customer in found - {""}])

    @override
    async def present(self) -> int:
        return self.state.timetable.present

    def _owner(self, event: SeenEvent) -> str:
        return self.state.records.get(event.record, RecordState()).customer

    @override
    async def emissions(self) -> AsyncIterator[MembershipChanged]:
        for (customer, segment), membership in self.state.memberships.items():
            if membership.member:
                yield MembershipChanged(customer, segment, Version(0, 0), member=True, at=0)

    @override
    async def digest(self) -> str:
        segments = {segment for _, segment in self.state.memberships}
        return digest_of(
            Content(
                events=sorted(self.state.events.items()),
                records=sorted(self.state.records.items(), key=lambda pair: pair[0]),
                live={c: p.traits for c, p in self.state.profiles.items() if p.live},
                members={segment: self.state.members(segment) for segment in segments},
                saved=await self.saved(),
                objects=[self.state.objects[name] for name in sorted(self.state.objects)],
                links=sorted(self.state.links.items(), key=lambda pair: pair[0]),
                accounts=[
                    (key, one.account, one.comes_to)
                    for key, one in sorted(self.state.accounts.items(), key=lambda pair: pair[0])
                ],
                account_said=sorted(self.state.account_said.items(), key=lambda pair: pair[0]),
            )
        )

    @override
    async def counts(self) -> Mapping[str, int]:
        state = self.state
        return {
            "events": len(state.events),
            "records": sum(bool(record.customer) for record in state.records.values()),
            "customers": sum(profile.live for profile in state.profiles.values()),
            "memberships": sum(membership.member for membership in state.memberships.values()),
        }

    @override
    async def waiting(self) -> Waiting:
        return self.state.timetable.waiting

    @override
    async def derived_by(self) -> str | None:
        return self.state.basis

    @override
    async def derive_by(self, basis: str) -> None:
        self.state.basis = basis

    @override
    async def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    @override
    async def close(self) -> None: ...
