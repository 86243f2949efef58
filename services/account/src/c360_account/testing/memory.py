"""The model of an `AccountStore`: dictionaries, and no cleverness."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.payload import AccountAssigned, AccountLinked, AccountUpserted
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.schedule import Waiting
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.testing.memory_work import Feed, MemoryFed, MemoryWork
from c360_kernel.testing.timetable import NOTHING_SCHEDULED, MemoryTimedUnit, Timetable
from c360_kernel.version import Version
from typing_extensions import override

from c360_account.domain.counting import AccountName, CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, Carries, HeldLink, PersonRecord, Said
from c360_account.domain.saying import holds
from c360_account.store.digest import Content, digest_of
from c360_account.store.port import (
    MOST_HEIRS,
    AccountReader,
    AccountStore,
    AccountUnit,
    SaidOfLinks,
    SaidOfRecords,
)


@dataclass(slots=True)
class _State(Feed):
    said: dict[RecordKey, Sequence[Said[AccountUpserted]]] = field(
        default_factory=dict[RecordKey, Sequence[Said[AccountUpserted]]]
    )
    linked: dict[RecordKey, Sequence[Said[AccountLinked]]] = field(
        default_factory=dict[RecordKey, Sequence[Said[AccountLinked]]]
    )
    records: dict[RecordKey, AccountRecord] = field(default_factory=dict[RecordKey, AccountRecord])
    carries: dict[RecordKey, Carries] = field(default_factory=dict[RecordKey, Carries])
    persons: dict[RecordKey, PersonRecord] = field(default_factory=dict[RecordKey, PersonRecord])
    events: dict[EventName, CountedEvent] = field(default_factory=dict[EventName, CountedEvent])
    told: dict[str, ToldTraits] = field(default_factory=dict[str, ToldTraits])
    timetable: Timetable = NOTHING_SCHEDULED

    def copied(self) -> _State:
        """A state that can change without this one."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        copies = {name: dict(one) for name, one in held.items() if isinstance(one, dict)}
        return replace(self, **copies)

    def holders(self, identifier: Identifier) -> list[RecordKey]:
        """Who carries an identifier now."""
        held = self.carries.items()
        return [key for key, one in held if identifier in one and one[identifier].active]

    def links(self) -> list[HeldLink]:
        """The links that hold."""
        held = map(holds, self.linked.values())
        return [HeldLink(one.stamp, one.payload) for one in held if not one.payload.deleted]


class MemoryReading(AccountReader):
    """What a state answers."""

    _state: _State
    _account_id: CustomerIds

    @override
    async def present(self, ids: Collection[str]) -> Mapping[str, str]:
        by_id = {self._account_id(one.key): one for one in self._state.records.values()}
        found = {id_: self._account(by_id[id_]) for id_ in ids if id_ in by_id}
        return {id_: account for id_, account in found.items() if account}

    @override
    async def page(self, after: str, size: int) -> Sequence[str]:
        ids = {self._account_id(one.seed) for one in self._state.records.values() if one.seed}
        return sorted(id_ for id_ in ids if id_ > after)[:size]

    @override
    async def records_of(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        found: dict[str, list[AccountRecord]] = {}
        for one in sorted(self._state.records.values(), key=lambda one: (one.age, one.key)):
            if one.seed is not None and (account := self._account_id(one.seed)) in accounts:
                found.setdefault(account, []).append(one)
        return found

    @override
    async def accounts_of(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        held = [self._state.records[key] for key in records if key in self._state.records]
        return {one.key: self._account_id(one.seed) for one in held if one.seed is not None}

    @override
    async def identifiers_of(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        held = {key: self._state.carries.get(key, {}) for key in records}
        found = {key: sorted(i for i, c in one.items() if c.active) for key, one in held.items()}
        return {key: one for key, one in found.items() if one}

    @override
    async def below(self, records: Collection[RecordKey]) -> Collection[RecordKey]:
        held = self._state.records.values()
        return sorted(one.key for one in held if one.live and one.said.payload.parent in records)

    @override
    async def links_between(
        self, accounts: Collection[RecordKey], persons: Collection[RecordKey]
    ) -> Sequence[HeldLink]:
        held = self._state.links()
        return [one for one in held if one.said.account in accounts or one.said.person in persons]

    @override
    async def customers_of(self, persons: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        held = {key: self._state.persons[key] for key in persons if key in self._state.persons}
        return {key: one.customer for key, one in held.items() if one.customer}

    @override
    async def persons_of(self, customers: Collection[str]) -> Mapping[str, Sequence[RecordKey]]:
        found: dict[str, list[RecordKey]] = {}
        for key, one in sorted(self._state.persons.items()):
            if one.customer and one.customer in customers:
                found.setdefault(one.customer, []).append(key)
        return found

    @override
    async def counted(
        self, persons: Collection[RecordKey], names: Collection[AccountName], most: int
    ) -> Sequence[CountedEvent]:
        held = self._state.events.values()
        return [one for one in held if one.record in persons or one.account in names][:most]

    @override
    async def named(self, names: Collection[AccountName]) -> Mapping[AccountName, str]:
        found = {name: self._named(name) for name in names}
        return {name: account for name, account in found.items() if account}

    @override
    async def traits_of(self, customers: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        held = self._state.told
        return {id_: held[id_].traits for id_ in customers if id_ in held}

    def _account(self, record: AccountRecord) -> str:
        """The account of a record, of a deleted one that of whom it leads to."""
        if record.seed is not None:
            return self._account_id(record.seed)
        carried = map(self._state.holders, self._state.carries.get(record.key, {}))
        keys = {key for held in carried if len(held) <= MOST_HEIRS for key in held}
        heirs = sorted(
            (self._state.records[key] for key in keys), key=lambda one: (one.age, one.key)
        )
        return self._account(heirs[0]) if heirs else ""

    def _named(self, name: AccountName) -> str:
        if not name.type:
            held = self._state.records.get(RecordKey(name.source, name.value))
            return self._account_id(held.seed) if held and held.seed else ""
        keys = self._state.holders(Identifier(name.type, name.value))
        if not 0 < len(keys) <= MOST_HEIRS:
            return ""
        return self._account(
            min((self._state.records[key] for key in keys), key=lambda one: (one.age, one.key))
        )


class _Reading(MemoryReading):
    def __init__(self, state: _State, account_id: CustomerIds) -> None:
        self._state = state
        self._account_id = account_id


class MemoryUnit(MemoryWork, MemoryTimedUnit, AccountUnit):
    """A unit in memory: it works on a copy that the store takes over when the unit ends well."""

    def __init__(self, state: _State, epoch: int, account_id: CustomerIds) -> None:
        self.state = state
        self.epoch = epoch
        self._account_id = account_id

    @property
    @override
    def _feed(self) -> _State:
        return self.state

    @property
    @override
    def _timed(self) -> _State:
        return self.state

    @property
    @override
    def reader(self) -> AccountReader:
        return _Reading(self.state, self._account_id)

    @override
    async def now(self) -> int:
        return self.state.timetable.present

    @override
    async def said_of_records(self, keys: Collection[RecordKey]) -> SaidOfRecords:
        return {key: self.state.said[key] for key in keys if key in self.state.said}

    @override
    async def said_of_links(self, keys: Collection[RecordKey]) -> SaidOfLinks:
        return {key: self.state.linked[key] for key in keys if key in self.state.linked}

    @override
    async def keep_said(self, records: SaidOfRecords, links: SaidOfLinks) -> None:
        self.state.said.update(records)
        self.state.linked.update(links)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountRecord]:
        return {key: self.state.records[key] for key in keys if key in self.state.records}

    @override
    async def carried(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Carries]:
        return {key: dict(held) for key in keys if (held := self.state.carries.get(key))}

    @override
    async def holders(
        self, identifiers: Collection[Identifier], most: int
    ) -> Mapping[Identifier, Sequence[RecordKey]]:
        found = {one: self.state.holders(one)[:most] for one in identifiers}
        return {one: keys for one, keys in found.items() if keys}

    @override
    async def keep_records(self, records: Iterable[AccountRecord]) -> None:
        self.state.records.update({one.key: one for one in records})

    @override
    async def keep_carried(self, carries: Mapping[RecordKey, Carries]) -> None:
        self.state.carries.update({key: dict(held) for key, held in carries.items()})

    @override
    async def persons(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, PersonRecord]:
        return {key: self.state.persons[key] for key in keys if key in self.state.persons}

    @override
    async def keep_persons(self, persons: Mapping[RecordKey, PersonRecord]) -> None:
        self.state.persons.update(persons)

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, CountedEvent]:
        return {name: self.state.events[name] for name in names if name in self.state.events}

    @override
    async def keep_events(self, events: Iterable[CountedEvent]) -> None:
        self.state.events.update({one.id: one for one in events})

    @override
    async def told(self, customers: Collection[str]) -> Mapping[str, ToldTraits]:
        return {id_: self.state.told[id_] for id_ in customers if id_ in self.state.told}

    @override
    async def keep_told(self, told: Mapping[str, ToldTraits]) -> None:
        self.state.told.update(told)


class MemoryAccountStore(MemoryFed, MemoryReading, AccountStore, MarkedStore):
    """The model of an account store. Nothing survives the process."""

    def __init__(self, account_id: CustomerIds) -> None:
        self.epoch = 0
        self._state = _State()
        self._account_id = account_id
        self._basis: str | None = None
        MemoryFed.__init__(self)

    @property
    @override
    def _feed(self) -> _State:
        return self._state

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryUnit]:
        unit = MemoryUnit(self._state.copied(), self.epoch, self._account_id)
        yield unit
        self._state = unit.state

    @override
    async def emissions(self) -> AsyncIterator[AccountAssigned]:
        for one in self._state.records.values():
            if one.seed is not None:
                told = self._account_id(one.seed), Version(0, 0), one.comes_to
                yield AccountAssigned(one.key, *told)

    @override
    async def digest(self) -> str:
        state = self._state
        records = state.records.values()
        traits = {id_: one.traits for id_, one in state.told.items()}
        said = records, state.carries, state.links(), state.persons
        return digest_of(Content(*said, state.events.values(), traits))

    @override
    async def counts(self) -> Mapping[str, int]:
        state = self._state
        seeds = [one.seed for one in state.records.values() if one.seed is not None]
        return {
            "records": sum(one.live for one in state.records.values()),
            "accounts": len(set(seeds)),
            "links": len(state.links()),
            "persons": sum(bool(one.customer) for one in state.persons.values()),
            "events": len(state.events),
        }

    @override
    async def waiting(self) -> Waiting:
        return self._state.timetable.waiting

    @override
    async def derived_by(self) -> str | None:
        return self._basis

    @override
    async def derive_by(self, basis: str) -> None:
        self._basis = basis

    @override
    async def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    @override
    async def close(self) -> None: ...
