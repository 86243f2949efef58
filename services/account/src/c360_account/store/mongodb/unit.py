"""A unit of work without a transaction.

What is saved is kept in memory, where reads find it, until the unit is left. Whose a person's
record is, events, and what was told of customers go by their own versions and stamps, whoever
writes them and however often; a link goes by the edition that was read. Account records are one
whole: see `journal`. What goes by itself is written first and the position last, so that a batch
whose writing was cut off is handled again and completed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.mongodb_schedule import due_at, put, remove
from c360_kernel.projection.mongodb_work import MongoWork
from c360_kernel.projection.positions import PositionMoved
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.projection.witness import LatestEntries
from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_account.domain.counting import CountedEvent, EventName, ToldTraits
from c360_account.domain.model import AccountRecord, Carries, PersonRecord
from c360_account.store.mongodb import journal
from c360_account.store.mongodb.documents import (
    HeldRecord,
    HeldStates,
    event_id,
    read_event,
    read_held_record,
    read_person,
    read_states,
    read_told,
    record_document,
)
from c360_account.store.mongodb.generation import Generation, State
from c360_account.store.mongodb.reading import GivenGeneration, MongoReading
from c360_account.store.mongodb.reads import Carriers, by_id
from c360_account.store.mongodb.writes import keep_events, keep_persons, keep_told, save_links
from c360_account.store.port import AccountReader, AccountUnit, SaidOfLinks, SaidOfRecords

_UNTIL_SURELY_DEAD_MS = 60_000


class HeldAccounts(MongoWork, AccountUnit):
    """An `AccountUnit` over one generation."""

    def __init__(
        self,
        generation: Generation,
        state: State,
        account_id: CustomerIds,
        begun: LatestEntries,
    ) -> None:
        super().__init__(state.positions, begun)
        self.epoch = state.epoch
        self._generation = generation
        self._state = state
        self._account_id = account_id
        self._held: dict[RecordKey, HeldRecord] = {}
        self._changed: set[RecordKey] = set()
        self._states: dict[RecordKey, HeldStates] = {}
        self._links: dict[RecordKey, HeldStates] = {}
        self._persons: dict[RecordKey, PersonRecord] = {}
        self._events: dict[EventName, CountedEvent] = {}
        self._known: set[EventName] = set()
        self._told: dict[str, ToldTraits] = {}
        self._scheduled: set[Scheduled] = set()
        self._taken: set[Scheduled] = set()
        self._present = state.present

    @property
    @override
    def reader(self) -> AccountReader:
        return MongoReading(GivenGeneration(self._generation))

    @override
    async def now(self) -> int:
        return self._present

    @override
    def schedule(self, due: int, key: str) -> None:
        self._scheduled.add(Scheduled(due, key))

    @override
    async def tick(self, at: int) -> None:
        self._present = max(self._present, at)

    @override
    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        with store_errors():
            due = await due_at(self._generation.scheduled, self._present, limit)
        self._taken.update(due)
        return due

    @override
    async def said_of_records(self, keys: Collection[RecordKey]) -> SaidOfRecords:
        held = await self._hold(keys)
        return {key: one.said for key, one in held.items() if one.said}

    @override
    async def said_of_links(self, keys: Collection[RecordKey]) -> SaidOfLinks:
        unread = [key for key in keys if key not in self._states]
        with store_errors():
            found = await by_id(self._generation.links, map(str, unread))
        self._states |= dict.fromkeys(unread, HeldStates())
        self._states |= {RecordKey.parse(one["_id"]): read_states(one) for one in found}
        known = {key: self._links.get(key, self._states[key]) for key in keys}
        return {key: one.said for key, one in known.items() if one.said}

    @override
    async def keep_said(self, records: SaidOfRecords, links: SaidOfLinks) -> None:
        held = await self._hold(records)
        for key, said in records.items():
            self._keep(key, replace(held[key], said=said))
        await self.said_of_links(links)
        for key, said in links.items():
            self._links[key] = HeldStates(self._states[key].edition + 1, said)

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountRecord]:
        held = await self._hold(keys)
        return {key: one.record for key, one in held.items() if one.record is not None}

    @override
    async def carried(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Carries]:
        held = await self._hold(keys)
        return {key: dict(one.carries) for key, one in held.items() if one.carries}

    @override
    async def holders(
        self, identifiers: Collection[Identifier], most: int
    ) -> Mapping[Identifier, Sequence[RecordKey]]:
        others = Carriers(self._generation.records, save_for=map(str, self._changed))
        with store_errors():
            held = await others.of(identifiers, most)
        found = {one: [RecordKey.parse(d["_id"]) for d in some] for one, some in held.items()}
        wanted = set(identifiers)
        for key in self._changed:
            for one in wanted.intersection(self._held[key].active):
                found.setdefault(one, []).append(key)
        return {one: keys[:most] for one, keys in found.items()}

    @override
    async def keep_records(self, records: Iterable[AccountRecord]) -> None:
        kept = {one.key: one for one in records}
        held = await self._hold(kept)
        for key, record in kept.items():
            self._keep(key, replace(held[key], record=record))

    @override
    async def keep_carried(self, carries: Mapping[RecordKey, Carries]) -> None:
        held = await self._hold(carries)
        for key, one in carries.items():
            self._keep(key, replace(held[key], carries=dict(one)))

    @override
    async def persons(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, PersonRecord]:
        with store_errors():
            found = await by_id(self._generation.persons, map(str, keys))
        known = {RecordKey.parse(one["_id"]): read_person(one) for one in found}
        return known | {key: self._persons[key] for key in keys if key in self._persons}

    @override
    async def keep_persons(self, persons: Mapping[RecordKey, PersonRecord]) -> None:
        self._persons.update(persons)

    @override
    async def events(self, names: Collection[EventName]) -> Mapping[EventName, CountedEvent]:
        with store_errors():
            found = await by_id(self._generation.events, map(event_id, names))
        known = {one.id: one for one in map(read_event, found)}
        self._known.update(known)
        return known | {name: self._events[name] for name in names if name in self._events}

    @override
    async def keep_events(self, events: Iterable[CountedEvent]) -> None:
        self._events.update({one.id: one for one in events})

    @override
    async def told(self, customers: Collection[str]) -> Mapping[str, ToldTraits]:
        with store_errors():
            found = await by_id(self._generation.customers, customers)
        known = {one["_id"]: read_told(one) for one in found}
        return known | {id_: self._told[id_] for id_ in customers if id_ in self._told}

    @override
    async def keep_told(self, told: Mapping[str, ToldTraits]) -> None:
        self._told.update(told)

    async def write(self) -> None:
        """Write what was saved. `Conflict` if somebody else was faster; some of it may stand.

        Whoever is woken by what is due at once is to find all that it is about: that is put after
        it, and before the position, so that a batch that was cut off puts it again. What was told
        of a person or link before, or under the name of an event, is known no more then: for it
        the same is due in a minute, too.
        """
        generation, scheduled = self._generation, self._generation.scheduled
        at_once, should_it_die = self._due_at_once(), self._due_in_a_minute()
        with store_errors():
            await put(scheduled, (self._scheduled - at_once) | should_it_die)
            await keep_persons(generation.persons, self._persons)
            await keep_events(generation.events, self._events.values())
            await keep_told(generation.customers, self._told)
            await save_links(generation.links, self._links)
            if self._changed or self._letters:
                await self._commit(at_once)
            else:
                await put(scheduled, at_once)
                if self._update or self._present > self._state.present:
                    await self._move()
            await remove(scheduled, should_it_die | (self._taken - at_once))

    def _due_at_once(self) -> set[Scheduled]:
        return {one for one in self._scheduled if one.due <= self._present}

    def _due_in_a_minute(self) -> set[Scheduled]:
        if not (self._persons or self._links or self._known & self._events.keys()):
            return set()
        soon = time.time_ns() // 1_000_000 + _UNTIL_SURELY_DEAD_MS
        return {Scheduled(soon, one.key) for one in self._due_at_once()}

    async def _commit(self, at_once: Collection[Scheduled]) -> None:
        unit, edition = secrets.token_hex(8), self._state.edition + 1
        documents = [
            record_document(key, self._held[key], self._account_id) for key in sorted(self._changed)
        ]
        noted = documents, self._letters, at_once
        await journal.put(self._generation, unit, edition, *noted)
        await journal.commit(self._generation, unit, self._state, self._changes(), self._before)

    def _changes(self) -> Document:
        """What becomes of the state. Never of an earlier time, whoever else was told one."""
        changes: Document = {"$set": self._update} if self._update else {}
        if self._present > self._state.present:
            changes["$max"] = {"present": self._present}
        return changes

    async def _move(self) -> None:
        """Nothing of account records was changed, so it does not matter who changes them now."""
        if not await self._generation.change_state(self._changes(), self._before):
            raise PositionMoved

    async def _hold(self, keys: Iterable[RecordKey]) -> Mapping[RecordKey, HeldRecord]:
        wanted = list(keys)
        unread = [key for key in wanted if key not in self._held]
        with store_errors():
            found = await by_id(self._generation.records, map(str, unread))
        self._held |= dict.fromkeys(unread, HeldRecord())
        self._held |= {RecordKey.parse(one["_id"]): read_held_record(one) for one in found}
        return {key: self._held[key] for key in wanted}

    def _keep(self, key: RecordKey, held: HeldRecord) -> None:
        self._held[key] = held
        self._changed.add(key)
