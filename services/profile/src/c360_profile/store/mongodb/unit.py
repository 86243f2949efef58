"""A unit of work without a transaction.

What is saved is kept in memory, where reads find it, until the unit is left. Then it is written
document by document, in an order in which stopping anywhere does no harm, the position last: the
same batch handled again finds what was written and completes it. Only the position waits for the
disks of a majority; it is not moved where what went before may be lost (see `line`).

Several units may run at once, also over records of one customer. Each writes its records first and
then saves every customer that it computed, changed or not, as the next edition of the one that it
read before it read the records. So of two units that computed one customer, the later to save it
has read what the other wrote, or it is refused and repeats. Documents are saved in the order of
their ids, so that of two units that meet one gets through.

What a unit counts is said as a step before its records and customers, which carry what it counts
them as (see `quality`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.conditions.tree import Values
from c360_kernel.errors import Conflict
from c360_kernel.mongodb import Document, overtaken
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.objects.known import KnownObject, ObjectName, last_observed
from c360_kernel.projection import mongodb_schedule as schedule
from c360_kernel.projection.mongodb_work import MongoWork
from c360_kernel.projection.positions import PositionMoved
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.projection.witness import LatestEntries
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName
from typing_extensions import override

from c360_profile.domain.acting import AccountRecords, Links
from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.fold import Folds
from c360_profile.domain.quality.recount import Counting as Tallied
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.search.search import Texts
from c360_profile.domain.tagging import Tagged, Tagging, once
from c360_profile.store.mongodb.accounts import HeldAccounts
from c360_profile.store.mongodb.customers import HeldCustomer
from c360_profile.store.mongodb.documents import archived_id
from c360_profile.store.mongodb.generation import Generation, State
from c360_profile.store.mongodb.marks import NO_MARK, Mark
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.parcels import Parcel
from c360_profile.store.mongodb.quality import Counting, Counts, Taken
from c360_profile.store.mongodb.reads import (
    UNSAVED,
    HeldRecord,
    archived_at,
    by_customer,
    events_by_name,
    events_of,
    held_customers,
    held_linked_records,
    held_records,
    objects_by_name,
    referring_records,
    revisions_of,
    standing,
    taggings_of,
)
from c360_profile.store.mongodb.writes import (
    SavedCustomer,
    keep_answers,
    keep_events,
    keep_objects,
    keep_revisions,
    keep_taggings,
    save_customers,
    save_records,
    save_unchanged,
)
from c360_profile.store.port import Archived, CustomerChange, ProfileUnit, Reference
from c360_profile.store.quality import Recount


class MongoProfileUnit(MongoWork, ProfileUnit):
    """A `ProfileUnit` over one generation."""

    def __init__(
        self,
        generation: Generation,
        state: State,
        outbox: Outbox,
        counts: Counts,
        number: int,
        begun: LatestEntries,
    ) -> None:
        super().__init__(state.positions, begun)
        self.epoch = state.epoch
        # Units overlap: another may change a record of a customer that this one folds.
        self.folds = Folds(most_held=0)
        self._generation = generation
        self._state = state
        self._outbox = outbox
        self._counts = counts
        self._counted_since: int | None = None
        self._number = number
        self._events: dict[EventName, Event] = {}
        self._archive: dict[str, Archived] = {}
        self._objects: dict[ObjectName, KnownObject] = {}
        self._seen: dict[ObjectName, KnownObject | None] = {}
        self._answers: dict[tuple[RecordKey, str], Given] = {}
        self._tagged: list[Tagged] = []
        self._held_records: dict[RecordKey, HeldRecord | None] = {}
        self._records: dict[RecordKey, SourceRecord] = {}
        self._linked: set[str] = set()
        self._read: set[str] = set()
        self._held: dict[str, HeldCustomer] = {}
        self._changes: dict[str, list[CustomerChange]] = {}
        self._texts: dict[str, Texts] = {}
        self._recount: Recount | None = None
        self._accounts = HeldAccounts(generation)
        self._scheduled: set[Scheduled] = set()
        self._taken: set[Scheduled] = set()
        self._present = state.present

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        await self._look_at_counts()
        unsaved = [key for key in keys if key not in self._records]
        held = await held_records(self._generation, unsaved)
        self._held_records.update({key: held.get(key) for key in unsaved})
        found = {key: one.record for key, one in held.items()}
        return found | {key: self._records[key] for key in keys if key in self._records}

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        await self._hold(ids)
        now = {id_: self._now(id_) for id_ in ids}
        return {id_: customer for id_, customer in now.items() if customer is not None}

    @override
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        await self._hold(customers)
        # Whoever saves a record saves its customers too, or repeats that after us: where one is not
        # there yet, nobody is done with any record of it but those that this unit was told of.
        there = [name for name in customers if name in self._held]
        found = await held_linked_records(self._generation, there)
        self._linked.update(customers)
        for key, one in found.items():
            self._held_records.setdefault(key, one)
        known = (one for one in (self._held_records | found).values() if one is not None)
        records = {one.record.key: one.record for one in known} | self._records
        return by_customer(customers, records.values())

    @override
    def schedule(self, due: int, key: str) -> None:
        self._scheduled.add(Scheduled(due, key))

    @override
    async def tick(self, at: int) -> None:
        self._present = max(self._present, at)

    @override
    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        due = await schedule.due_at(self._generation.scheduled, self._present, limit)
        self._taken.update(due)
        return due

    @override
    async def keep_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.outranks(self._events.get(event.id)):
                self._events[event.id] = event

    @override
    async def kept_events(self, names: Collection[EventName]) -> Mapping[EventName, Event]:
        held = await events_by_name(self._generation, names)
        pending = {name: self._events[name] for name in names if name in self._events}
        won = {n: one for n, one in pending.items() if one.outranks(held.get(n))}
        return {**held, **won}

    @override
    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        own = {event.id: event for event in await events_of(self._generation, records, names)}
        # What this unit keeps is not written yet, and may stand where another event stood.
        now = await self.kept_events(self._events.keys())
        found: dict[RecordKey, list[Event]] = {}
        for event in {**own, **now}.values():
            if event.record in records and event.name in names:
                found.setdefault(event.record, []).append(event)
        return found

    @override
    async def present(self) -> int:
        return self._present

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        unseen = [name for name in names if name not in self._seen]
        found = await objects_by_name(self._generation, unseen)
        self._seen |= {name: found.get(name) for name in unseen}
        return self._known(names)

    @override
    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        self._objects = last_observed([*self._objects.values(), *objects])

    @override
    async def referring(self, reference: Reference, after: str, limit: int) -> Sequence[RecordKey]:
        return await referring_records(self._generation, reference, after, limit)

    @override
    async def links(self, keys: Collection[RecordKey]) -> Links:
        return await self._accounts.links(keys)

    @override
    async def keep_links(self, links: Links) -> None:
        await self._accounts.keep_links(links)

    @override
    async def account_records(self, keys: Collection[RecordKey]) -> AccountRecords:
        return await self._accounts.account_records(keys)

    @override
    async def keep_account_records(self, records: AccountRecords) -> None:
        await self._accounts.keep_account_records(records)

    @override
    async def records_of_accounts(self, accounts: Collection[str]) -> Mapping[str, AccountRecords]:
        return await self._accounts.records_of_accounts(accounts)

    @override
    async def keep_accounts(self, values: Mapping[str, Values | None]) -> None:
        await self._accounts.keep_accounts(values)

    @override
    async def archive(self, revisions: Sequence[Archived]) -> None:
        for one in revisions:
            held = self._archive.get(archived_id(one))
            if held is None or one.revision.stamp < held.revision.stamp:
                self._archive[archived_id(one)] = one

    @override
    async def archived(
        self, names: Collection[RevisionName]
    ) -> Mapping[RevisionName, Sequence[Revision]]:
        return await archived_at(self._generation.revisions, names)

    @override
    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        if not records:
            return {}
        found = await revisions_of(self._generation, records)
        # What this unit archives is not written yet; what is there already is seen as first said.
        for record, revision in self._archive.values():
            if record in records:
                found.setdefault(record, []).append(revision)
        return found

    @override
    async def keep_answers(self, answers: Sequence[Given]) -> None:
        for given in answers:
            held = self._answers.setdefault((given.record, given.name), given)
            if given.consent.stamp < held.consent.stamp:
                self._answers[given.record, given.name] = given

    @override
    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        return await taggings_of(self._generation, records)

    @override
    async def keep_taggings(self, tagged: Sequence[Tagged]) -> None:
        self._tagged += tagged

    @override
    async def save_records(self, records: Sequence[SourceRecord]) -> None:
        await self.records([r.key for r in records if r.key not in self._held_records])
        for record in records:
            saved = self._records.get(record.key)
            if record.edition != (saved.edition if saved else self._edition(record.key)):
                raise Conflict("somebody else saved it first")
            self._records[record.key] = record.saved()

    @override
    async def save_customers(self, changes: Sequence[CustomerChange]) -> None:
        await self._hold(change.customer.id for change in changes)
        for change in changes:
            now = self._now(change.customer.id)
            if now is not None and change.customer.counter != now.counter + 1:
                raise Conflict("somebody else saved it first")
            self._changes.setdefault(change.customer.id, []).append(change)

    @override
    async def seek_by(self, texts: Mapping[str, Texts]) -> None:
        await self._hold(texts)
        self._texts.update(texts)

    @override
    async def recount(self, wanted: Recount) -> None:
        keys = map(RecordKey.parse, wanted.counting.records)
        await self.records([key for key in keys if key not in self._held_records])
        await self._hold(wanted.counting.customers)
        self._recount = wanted

    @override
    async def fold_by(self, catalog: str) -> None:
        self._update["folded_by"] = catalog

    async def write(self) -> None:
        """Write what was saved. `Conflict` if somebody else was faster; some of it may stand.

        A unit in which nothing was said and nobody was computed leaves nothing behind.
        """
        if not self._says_anything:
            return
        line = self._generation.line
        with store_errors():
            place = line.place
            await schedule.put(self._generation.scheduled, self._scheduled_at_once())
            await keep_events(self._generation.events, self._events.values())
            await keep_revisions(self._generation.revisions, self._archive.values())
            await keep_answers(self._generation.answers, self._answers.values())
            await keep_taggings(self._generation.taggings, once(self._tagged).values())
            await keep_objects(self._generation.objects, self._objects.values())
            await self._refuse_changed_objects()
            await self._accounts.write()
            taken = await self._count()
            carried = {**self._carried(), **taken.marks}
            await save_records(self._generation.records, self._records.values(), carried)
            waiting = await self._write_customers(carried, taken.marks)
            await self._outbox.step_stands(self._generation, [one.name for one in taken.told])
            await self._outbox.put_letters(self._generation, self._letters)
            await schedule.put(self._generation.scheduled, self._scheduled)
            mark = await self._generation.mark_written(self._number, taken.step)
            line.refuse_broken(place)
            self._counts.written(taken)
            await self._move(mark)
            self._outbox.saved((*waiting, *taken.told))
            # Last: whoever is woken again finds what was done.
            await schedule.remove(self._generation.scheduled, self._taken - self._scheduled)

    @property
    def _says_anything(self) -> bool:
        told = (self._update, self._letters, self._scheduled, self._taken)
        is_later = self._present > self._state.present
        kept = (self._events, self._archive, self._answers, self._tagged, self._objects)
        saved = (self._records, self._changes, self._texts, self._linked, self._recount)
        return is_later or self._accounts.says_anything or any((*told, *kept, *saved))

    async def _refuse_changed_objects(self) -> None:
        """`Conflict` if an object was changed since it was read.

        The events are written by now: whoever changes an object after this finds them.
        """
        now = await objects_by_name(self._generation, self._seen)
        if now != self._known(self._seen):
            raise Conflict("an object was changed since it was read")

    def _known(self, names: Iterable[ObjectName]) -> dict[ObjectName, KnownObject]:
        """Of these names, which were read, what holds for this unit."""
        held = [one for name in names if (one := self._seen[name]) is not None]
        pending = [self._objects[name] for name in names if name in self._objects]
        return last_observed([*held, *pending])

    def _scheduled_at_once(self) -> Iterable[Scheduled]:
        """What is due already: a unit that is handled again may not find any more what for."""
        return [one for one in self._scheduled if one.due <= self._present]

    async def _move(self, mark: Document) -> None:
        update: Document = {"$set": self._update | mark}
        if self._present > self._state.present:
            update["$max"] = {"present": self._present}
        if not await self._generation.change_state(update, self._before, mark):
            raise PositionMoved

    async def _write_customers(
        self, carried: Mapping[str, Mark], counted: Mapping[str, Mark]
    ) -> Sequence[Parcel]:
        changes = [change for made in self._changes.values() for change in made]
        waiting = await self._outbox.put(self._generation, self._number, changes)
        customers = self._generation.customers
        await save_customers(customers, list(self._changed(carried)), self._number)
        await save_unchanged(customers, self._unchanged(), self._texts, counted)
        return waiting

    def _changed(self, carried: Mapping[str, Mark]) -> Iterable[SavedCustomer]:
        for id_, changes in self._changes.items():
            mark = carried.get(id_, NO_MARK)
            held, texts = self._held.get(id_), self._texts.get(id_)
            yield SavedCustomer(held, changes[-1].customer, texts, mark)

    def _unchanged(self) -> Mapping[str, int]:
        """The editions that were read of customers that were computed and came out the same.

        Some are found by something else, as when the catalog has changed.
        """
        same = (self._linked | self._texts.keys()) - self._changes.keys()
        return {id_: self._held[id_].edition for id_ in same & self._held.keys()}

    async def _count(self) -> Taken:
        """Count what was to be counted; records and customers are saved only then."""
        if self._recount is None:
            return Taken()
        counting = Counting(
            self._number,
            self._recount,
            self._counted_as(self._recount.counting),
            self._carried(),
            self._counted_since,
            self._marks_now,
            {*map(str, self._records), *self._changes, *self._unchanged()},
        )
        return await self._counts.take(self._generation, counting)

    def _carried(self) -> dict[str, Mark]:
        """The marks that were read, by name."""
        records = {str(key): one.mark for key, one in self._held_records.items() if one is not None}
        return records | {name: one.mark for name, one in self._held.items()}

    def _counted_as(self, counting: Tallied) -> Mapping[str, int]:
        """As which editions the unit saves, or read, what it counts."""
        saved = {str(key): one.edition for key, one in self._records.items()}
        known = {id_: 1 + self._edition_of(id_) for id_ in counting.customers}
        for name in counting.records:
            known[name] = saved[name] if name in saved else self._edition(RecordKey.parse(name))
        return known

    async def _marks_now(self) -> Mapping[str, Mark]:
        """The marks of what is counted, as they are now; `Conflict` if any of it was saved since.

        What was judged is not what a later edition says.
        """
        counting = self._recount.counting if self._recount else Tallied({}, {})
        read = {name: self._edition(RecordKey.parse(name)) for name in counting.records}
        read |= {id_: self._edition_of(id_) for id_ in counting.customers}
        records = await standing(self._generation.records, counting.records)
        now = records | await standing(self._generation.customers, counting.customers)
        if any(edition != now.get(name, UNSAVED).edition for name, edition in read.items()):
            raise overtaken()
        return {name: one.mark for name, one in now.items()}

    def _edition(self, key: RecordKey) -> int:
        """The edition of a record that was read."""
        held = self._held_records[key]
        return 0 if held is None else held.record.edition

    def _edition_of(self, id_: str) -> int:
        """The edition of a customer that was read."""
        return self._held[id_].edition if id_ in self._held else 0

    async def _look_at_counts(self) -> None:
        """Once, before anything is read that carries marks."""
        if not (self._held_records or self._read):
            with store_errors():
                since = await self._counts.since(self._generation, self._state.counted)
            self._counted_since = since

    async def _hold(self, ids: Iterable[str]) -> None:
        await self._look_at_counts()
        unread = set(ids) - self._read
        self._read |= unread
        self._held |= await held_customers(self._generation, unread)

    def _now(self, id_: str) -> Customer | None:
        if id_ in self._changes:
            return self._changes[id_][-1].customer
        return self._held[id_].customer if id_ in self._held else None
