"""The part of the store that answers questions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from typing_extensions import override

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer, answering, belonging, said_now
from c360_profile.domain.event import Event
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said
from c360_profile.domain.search.search import Found, Search
from c360_profile.domain.tagging import Tagging
from c360_profile.store.mongodb.counting import narrowed
from c360_profile.store.mongodb.current import Current
from c360_profile.store.mongodb.customers import NOT_FOUND_BY, read_customer
from c360_profile.store.mongodb.documents import read_answer
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.ordering import meeting, page_by_many
from c360_profile.store.mongodb.reads import (
    by_customer,
    customers_by_id,
    events_of,
    linked_records,
    objects_after,
    objects_by_name,
    records_by_key,
    revisions_of,
    taggings_of,
)
from c360_profile.store.mongodb.searching import found_by
from c360_profile.store.mongodb.selection import LIVE, Part, Selection, parts, select
from c360_profile.store.mongodb.steps import cells_of
from c360_profile.store.mongodb.timeline import counted, timelines
from c360_profile.store.port import ProfileReader

_BY_ID = [("_id", 1)]


class MongoReading(ProfileReader):
    """A `ProfileReader`."""

    def __init__(self, current: Current) -> None:
        self._current = current

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        return await records_by_key(await self._current.get(), keys)

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        return await customers_by_id(await self._current.get(), ids)

    @override
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        found = await linked_records(await self._current.get(), customers)
        return by_customer(customers, found.values())

    @override
    async def answering(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        return answering(await self.linked(customers))

    @override
    async def said_now(self, customers: Collection[str]) -> Mapping[str, Sequence[Said]]:
        return said_now(await self.linked(customers))

    @override
    async def cells(self, names: Collection[str]) -> Mapping[str, str]:
        generation = await self._current.get()
        with store_errors():
            return await cells_of(generation.cells, names)

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        return await objects_by_name(await self._current.get(), names)

    @override
    async def object_page(self, after: ObjectName, limit: int) -> Sequence[KnownObject]:
        return await objects_after(await self._current.get(), after, limit)

    @override
    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        generation, selection = await self._selected(query.condition)
        if len(query.orders) > 1:
            return await page_by_many(generation, query, selection, limit)
        found: list[Customer] = []
        for part in parts(selection.filter, query):
            if len(found) < limit:
                found += await _page(generation, part, selection, limit - len(found))
        return found[::-1] if query.from_end else found

    @override
    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        return await found_by(await self._current.get(), search, limit)

    @override
    async def count(self, condition: ValueCondition) -> int:
        generation, selection = await self._selected(condition)
        with store_errors():
            if selection.rest is None:
                return await generation.count(generation.customers, selection.filter)
            met = [c async for c in meeting(generation, Part(selection.filter, _BY_ID), selection)]
            return len(met)

    @override
    async def matching(self, condition: ValueCondition) -> Collection[str]:
        generation, selection = await self._selected(condition)
        with store_errors():
            part = Part(selection.filter, _BY_ID)
            return [c.id async for c in meeting(generation, part, selection)]

    @override
    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        return await revisions_of(await self._current.get(), records)

    @override
    async def answers(self, records: Collection[RecordKey]) -> Mapping[RecordKey, Sequence[Given]]:
        generation = await self._current.get()
        chosen = {"record": {"$in": [str(key) for key in records]}}
        with store_errors():
            documents = await generation.answers.find(chosen).to_list()
        found: dict[RecordKey, list[Given]] = {}
        for given in map(read_answer, documents):
            found.setdefault(given.record, []).append(given)
        return found

    @override
    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        found: dict[RecordKey, list[Event]] = {}
        for event in await events_of(await self._current.get(), records, names):
            found.setdefault(event.record, []).append(event)
        return found

    @override
    async def present(self) -> int:
        generation = await self._current.get()
        with store_errors():
            return (await generation.state()).present

    @override
    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        return await taggings_of(await self._current.get(), records)

    @override
    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        own = await self._own(customers)
        generation = await self._current.get()
        with store_errors():
            return await timelines(generation, own, window)

    @override
    async def event_counts(self, customers: Collection[str], window: Window) -> Mapping[str, int]:
        own = await self._own(customers)
        generation = await self._current.get()
        with store_errors():
            return {id_: await counted(generation, own.get(id_, []), window) for id_ in customers}

    async def _selected(self, condition: ValueCondition) -> tuple[Generation, Selection]:
        """The live generation, and whom to look at in it for a condition."""
        generation = await self._current.get()
        with store_errors():
            return generation, await narrowed(generation, select(condition))

    async def _own(self, customers: Collection[str]) -> Mapping[str, list[RecordKey]]:
        linked = await self.linked(customers)
        return {c: [r.key for r in belonging(c, records)] for c, records in linked.items()}

    async def every_customer(self) -> AsyncIterator[Customer]:
        """All customers by id, ended ones too."""
        generation = await self._current.get()
        with store_errors():
            async for document in generation.customers.find({}, NOT_FOUND_BY).sort("_id", 1):
                yield read_customer(document)

    async def counts(self) -> Mapping[str, int]:
        """How many of each thing it holds, by its name."""
        generation = await self._current.get()
        with store_errors():
            return {
                "records": await generation.count(generation.records, {"told": True}),
                "events": await generation.count(generation.events, {}),
                "customers": await generation.count(generation.customers, dict(LIVE)),
            }


async def _page(
    generation: Generation, part: Part, selection: Selection, limit: int
) -> Sequence[Customer]:
    if selection.rest is None:
        with store_errors():
            found = generation.customers.find(part.filter, NOT_FOUND_BY).sort(part.sort)
            return list(map(read_customer, await found.limit(limit).to_list()))
    page: list[Customer] = []
    with store_errors():
        async for customer in meeting(generation, part, selection):
            page.append(customer)
            if len(page) == limit:
                break
    return page
