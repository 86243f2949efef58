"""The ProfileStore in plain dictionaries: the model that every adapter is compared with."""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from c360_kernel.accounts.links import LinkSaid, link_of
from c360_kernel.conditions.facts import Acting, Counted, Tallied
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, Values
from c360_kernel.errors import Conflict
from c360_kernel.objects.known import KnownObject, ObjectName, last_observed
from c360_kernel.payload import ProfileChanged
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.testing.memory_work import Feed, MemoryFed, MemoryWork
from c360_kernel.testing.timetable import NOTHING_SCHEDULED, MemoryTimedUnit, Timetable
from typing_extensions import override

from c360_profile.domain.acting import (
    UNKNOWN,
    AccountRecord,
    AccountRecords,
    Links,
    is_meant,
    is_of,
)
from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer, answering, belonging, said_now
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.fold import Folds
from c360_profile.domain.ordering import in_order, is_between
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said
from c360_profile.domain.search.search import Found, Search, Texts
from c360_profile.domain.tagging import Tagged, Tagging, once
from c360_profile.domain.tallied import tallied_in, window_of
from c360_profile.store.accounts import Kept
from c360_profile.store.digest import digest_of
from c360_profile.store.port import (
    Archived,
    CustomerChange,
    ProfileStore,
    ProfileUnit,
    Reference,
)
from c360_profile.store.quality import Recount, counted_anew

T = TypeVar("T")


@dataclass(slots=True)
class _Content(Feed):
    """Everything a transaction may change."""

    records: dict[RecordKey, SourceRecord] = field(default_factory=dict[RecordKey, SourceRecord])
    archive: dict[tuple[RevisionName, str], Revision] = field(
        default_factory=dict[tuple[RevisionName, str], Revision]
    )
    answers: dict[tuple[RecordKey, str], Given] = field(
        default_factory=dict[tuple[RecordKey, str], Given]
    )
    tagged: dict[tuple[RecordKey, str], Tagged] = field(
        default_factory=dict[tuple[RecordKey, str], Tagged]
    )
    events: dict[EventName, Event] = field(default_factory=dict[EventName, Event])
    objects: dict[ObjectName, KnownObject] = field(default_factory=dict[ObjectName, KnownObject])
    customers: dict[str, Customer] = field(default_factory=dict[str, Customer])
    links: Links = field(default_factory=dict[RecordKey, tuple[LinkSaid, ...]])
    account_records: AccountRecords = field(default_factory=dict[RecordKey, AccountRecord])
    accounts: Mapping[str, Values] = field(default_factory=dict[str, Values])
    counted: dict[str, str] = field(default_factory=dict[str, str])
    cells: dict[str, str] = field(default_factory=dict[str, str])
    folded_by: str | None = None
    timetable: Timetable = NOTHING_SCHEDULED


class _Documents:
    def __init__(self, content: _Content, epoch: int) -> None:
        self.content = content
        self.epoch = epoch
        self.folds = Folds(most_held=0)

    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return {k: self.content.records[k] for k in keys if k in self.content.records}

    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        return {i: self.content.customers[i] for i in ids if i in self.content.customers}

    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        linked: dict[str, list[SourceRecord]] = {}
        for record in self.content.records.values():
            for customer in record.customers.intersection(customers):
                linked.setdefault(customer, []).append(record)
        return linked

    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        found: dict[RecordKey, list[Revision]] = {}
        for (name, _), revision in self.content.archive.items():
            if name.record in records:
                found.setdefault(name.record, []).append(revision)
        return found

    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        found: dict[RecordKey, list[Event]] = {}
        for event in self.content.events.values():
            if event.record in records and event.name in names:
                found.setdefault(event.record, []).append(event)
        return found

    async def kept_events(self, names: Collection[EventName]) -> Mapping[EventName, Event]:
        return {name: self.content.events[name] for name in names if name in self.content.events}

    async def present(self) -> int:
        return self.content.timetable.present

    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        return {name: self.content.objects[name] for name in names if name in self.content.objects}

    async def object_page(self, after: ObjectName, limit: int) -> Sequence[KnownObject]:
        names = sorted(name for name in self.content.objects if name > after)
        return [self.content.objects[name] for name in names[:limit]]

    async def links(self, keys: Collection[RecordKey]) -> Links:
        return {key: self.content.links[key] for key in keys if key in self.content.links}

    async def account_records(self, keys: Collection[RecordKey]) -> AccountRecords:
        held = self.content.account_records
        return {key: held[key] for key in keys if key in held}

    async def records_of_accounts(self, accounts: Collection[str]) -> Mapping[str, AccountRecords]:
        found: dict[str, dict[RecordKey, AccountRecord]] = {}
        for key, one in self.content.account_records.items():
            if one.account and one.account in accounts:
                found.setdefault(one.account, {})[key] = one
        return found

    async def cells(self, names: Collection[str]) -> Mapping[str, str]:
        return {name: self.content.cells[name] for name in names if name in self.content.cells}

    async def answering(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        return answering(await self.linked(customers))

    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        found: dict[RecordKey, list[Tagging]] = {}
        for record, tagging in self.content.tagged.values():
            if record in records:
                found.setdefault(record, []).append(tagging)
        return found

    async def said_now(self, customers: Collection[str]) -> Mapping[str, Sequence[Said]]:
        return said_now(await self.linked(customers))


class MemoryProfileUnit(_Documents, MemoryTimedUnit, MemoryWork, ProfileUnit):
    """A `ProfileUnit` on a copy of the content."""

    @property
    def _timed(self) -> _Content:
        return self.content

    @property
    @override
    def _feed(self) -> _Content:
        return self.content

    @override
    async def keep_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.outranks(self.content.events.get(event.id)):
                self.content.events[event.id] = event

    @override
    async def archive(self, revisions: Sequence[Archived]) -> None:
        for record, revision in revisions:
            name = (RevisionName(record, revision.own, revision.number), revision.content)
            held = self.content.archive.get(name)
            if held is None or revision.stamp < held.stamp:
                self.content.archive[name] = revision

    @override
    async def archived(
        self, names: Collection[RevisionName]
    ) -> Mapping[RevisionName, Sequence[Revision]]:
        found: dict[RevisionName, list[Revision]] = {}
        for (name, _), revision in self.content.archive.items():
            if name in names:
                found.setdefault(name, []).append(revision)
        return found

    @override
    async def keep_answers(self, answers: Sequence[Given]) -> None:
        for given in answers:
            held = self.content.answers.get((given.record, given.name))
            if held is None or given.consent.stamp < held.consent.stamp:
                self.content.answers[given.record, given.name] = given

    @override
    async def keep_taggings(self, tagged: Sequence[Tagged]) -> None:
        self.content.tagged = dict(once((*self.content.tagged.values(), *tagged)))

    @override
    async def keep_objects(self, objects: Sequence[KnownObject]) -> None:
        self.content.objects = last_observed((*self.content.objects.values(), *objects))

    @override
    async def referring(self, reference: Reference, after: str, limit: int) -> Sequence[RecordKey]:
        found = {
            str(event.record)
            for event in self.content.events.values()
            if event.name in reference.events
            and event.properties.get(reference.property) == reference.key
        }
        return [RecordKey.parse(one) for one in sorted(found) if one > after][:limit]

    @override
    async def keep_links(self, links: Links) -> None:
        self.content.links = {**self.content.links, **links}

    @override
    async def keep_account_records(self, records: AccountRecords) -> None:
        self.content.account_records = {**self.content.account_records, **records}

    @override
    async def keep_accounts(self, values: Mapping[str, Values | None]) -> None:
        kept = {**self.content.accounts, **values}
        self.content.accounts = {id_: one for id_, one in kept.items() if one is not None}

    @override
    async def save_records(self, records: Sequence[SourceRecord]) -> None:
        for record in records:
            held = self.content.records.get(record.key)
            if held is not None and held.edition != record.edition:
                raise Conflict("somebody else saved it first")
            self.content.records[record.key] = replace(record, edition=record.edition + 1)

    @override
    async def save_customers(self, changes: Sequence[CustomerChange]) -> None:
        for customer, entries in changes:
            held = self.content.customers.get(customer.id)
            if held is not None and held.counter != customer.counter - 1:
                raise Conflict("somebody else saved it first")
            self.content.customers[customer.id] = customer
            for entry in entries:
                self.emit(entry)

    @override
    async def seek_by(self, texts: Mapping[str, Texts]) -> None:
        """Nothing to do: the traits themselves are searched."""

    @override
    async def recount(self, wanted: Recount) -> None:
        held = self.content.counted
        before = {name: held[name] for name in wanted.counting.names if name in held}
        done = await counted_anew(wanted, before, self.cells)
        self.content.counted = _said({**held, **done.counted})
        self.content.cells = _said({**self.content.cells, **done.cells})
        for entry in done.entries:
            self.emit(entry)

    @override
    async def fold_by(self, catalog: str) -> None:
        self.content.folded_by = catalog


class MemoryProfileStore(_Documents, MemoryFed, ProfileStore, TimedStore[Any]):
    """A `ProfileStore` that forgets everything with its process."""

    def __init__(self) -> None:
        super().__init__(_Content(), epoch=0)
        MemoryFed.__init__(self)

    @property
    @override
    def _feed(self) -> _Content:
        return self.content

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MemoryProfileUnit]:
        draft = copy.copy(self.content)
        for name in ("records", "archive", "answers", "events", "customers", "positions", "outbox"):
            setattr(draft, name, copy.copy(getattr(draft, name)))
        yield MemoryProfileUnit(draft, self.epoch)
        self.content = draft

    @override
    async def folded_by(self) -> str | None:
        return self.content.folded_by

    @override
    async def refer_by(self, properties: Collection[str]) -> None:
        """Nothing to do: everything is searched."""

    @override
    async def account_ids(self, after: str, limit: int) -> Sequence[str]:
        ids = {one.account for one in self.content.account_records.values()}
        return sorted(id_ for id_ in ids if id_ > after)[:limit]

    @override
    async def accounts_kept(self) -> Kept:
        content = self.content
        return Kept(content.links, content.account_records, content.accounts)

    @override
    async def waiting(self) -> Waiting:
        return self.content.timetable.waiting

    @override
    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        found = in_order(await self._meeting(query.condition), query.orders)
        ends = query.orders, query.after, query.before
        inside = [customer for customer in found if is_between(customer, *ends)]
        return _kept(inside, limit, query.from_end)

    @override
    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        live = [(search.closeness(one), one) for one in await self._meeting(search.condition)]
        found = [Found(close, one) for close, one in live if close is not None]
        beyond = [one for one in found if search.after is None or one.place > search.after]
        return sorted(beyond, key=lambda one: one.place)[:limit]

    @override
    async def count(self, condition: ValueCondition) -> int:
        return len(await self._meeting(condition))

    @override
    async def matching(self, condition: ValueCondition) -> Collection[str]:
        return [customer.id for customer in await self._meeting(condition)]

    @override
    async def answers(self, records: Collection[RecordKey]) -> Mapping[RecordKey, Sequence[Given]]:
        found: dict[RecordKey, list[Given]] = {}
        for (record, _), given in self.content.answers.items():
            if record in records:
                found.setdefault(record, []).append(given)
        return found

    @override
    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        linked = await self.linked(customers)
        events: dict[str, Sequence[Event]] = {}
        for customer in customers:
            own = {record.key for record in belonging(customer, linked.get(customer, ()))}
            found = [
                event
                for event in self.content.events.values()
                if event.record in own and _is_in(event, window)
            ]
            if found:
                found.sort(key=lambda event: event.place.rank)
                events[customer] = _kept(found, window.limit, window.from_end)
        return events

    @override
    async def event_counts(self, customers: Collection[str], window: Window) -> Mapping[str, int]:
        unlimited = window._replace(limit=sys.maxsize)
        found = await self.timeline(customers, unlimited)
        return {id_: len(found.get(id_, ())) for id_ in customers}

    @override
    async def emissions(self) -> AsyncIterator[ProfileChanged]:
        for _, customer in sorted(self.content.customers.items()):
            yield customer.published(self.epoch)

    @override
    async def counts(self) -> Mapping[str, int]:
        live = [record for record in self.content.records.values() if record.latest is not None]
        return {
            "records": len(live),
            "events": len(self.content.events),
            "customers": len(await self._meeting(EVERYBODY)),
        }

    @override
    async def digest(self) -> str:
        return await digest_of(self)

    @override
    async def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    @override
    async def close(self) -> None: ...

    async def _meeting(self, condition: ValueCondition) -> list[Customer]:
        live = [customer for customer in self.content.customers.values() if not customer.ended]
        ids = [customer.id for customer in live]
        numbers = {n: await self._numbers(ids, one) for n, one in tallied_in(condition).items()}
        return [
            one
            for one in live
            if condition.holds({**one.known, **{name: n[one.id] for name, n in numbers.items()}})
        ]

    async def _numbers(self, ids: Collection[str], tallied: Tallied) -> Mapping[str, int]:
        if isinstance(tallied, Acting):
            whose = Counter(self._acting(tallied))
            return {id_: whose[id_] for id_ in ids}
        if isinstance(tallied, Counted):
            return await self.event_counts(ids, window_of(tallied))
        linked = await self.linked(ids)
        own = {id_: belonging(id_, linked.get(id_, ())) for id_ in ids}
        return {id_: sum(r.carries(tallied) for r in some) for id_, some in own.items()}

    def _acting(self, acting: Acting) -> Iterator[str]:
        """The customer of each link that is meant."""
        records, content = self.content.account_records, self.content
        named = records.get(RecordKey.parse(acting.record), UNKNOWN) if acting.record else UNKNOWN
        for link in filter(None, map(link_of, content.links.values())):
            account = records.get(link.account, UNKNOWN).account
            values = content.accounts.get(account, {})
            if is_meant(acting, link) and is_of(acting, account, named.account, values):
                person = content.records.get(link.person)
                yield "" if person is None else person.customer


def _said(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _is_in(event: Event, window: Window) -> bool:
    rank = event.place.rank
    return (
        window.chooses(event)
        and (window.after is None or rank > window.after.rank)
        and (window.before is None or rank < window.before.rank)
    )


def _kept(found: Sequence[T], limit: int, from_end: bool) -> Sequence[T]:
    return found[max(len(found) - limit, 0) :] if from_end else found[:limit]
