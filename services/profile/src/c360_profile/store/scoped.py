"""A `ProfileReader` that tells of the customers in a scope alone, over the reader of any store.

Pages and counts are asked of the store with the scope in their condition. What is asked by name is
told of those who are in it; others look as if they were not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from c360_kernel.conditions.tree import EVERYBODY, All, ValueCondition, Values
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.scope import Scope, ScopeValues, Visible
from typing_extensions import override

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.query import CustomerQuery, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said
from c360_profile.domain.search.search import Found, Search
from c360_profile.domain.tagging import Tagging
from c360_profile.store.port import ProfileReader


def within(reader: ProfileReader, scope: Scope) -> ProfileReader:
    """What a reader tells of the customers in a scope; for one operation."""
    return reader if scope == EVERYBODY else ScopedReader(reader, scope)


class _GoldenValues(ScopeValues):
    """Golden traits of live customers, as a scope tests them."""

    def __init__(self, reader: ProfileReader) -> None:
        self._reader = reader

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        found = await self._reader.customers(customers)
        return {id_: customer.traits for id_, customer in found.items() if not customer.ended}


class ScopedReader(ProfileReader):
    """A `ProfileReader`. A record is told of if the customer to whom it belongs now is."""

    def __init__(self, reader: ProfileReader, scope: Scope) -> None:
        self._reader = reader
        self._scope = scope
        self._visible = Visible(scope, _GoldenValues(reader))

    @override
    async def records(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SourceRecord]:
        found = await self._reader.records(keys)
        owners = {record.assignment.customer for record in found.values()}
        visible = await self._visible.among(owners - {""})
        return {k: record for k, record in found.items() if record.assignment.customer in visible}

    @override
    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        found = await self._reader.customers(ids)
        return {
            id_: customer
            for id_, customer in found.items()
            if not customer.ended and self._scope.holds(customer.traits)
        }

    @override
    async def linked(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        return await self._reader.linked(await self._visible.among(customers))

    @override
    async def answering(self, customers: Collection[str]) -> Mapping[str, Sequence[SourceRecord]]:
        return await self._reader.answering(await self._visible.among(customers))

    @override
    async def said_now(self, customers: Collection[str]) -> Mapping[str, Sequence[Said]]:
        return await self._reader.said_now(await self._visible.among(customers))

    @override
    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        scoped = replace(query, condition=All((self._scope, query.condition)))
        page = await self._reader.page(scoped, limit)
        self._visible.note([customer.id for customer in page])
        return page

    @override
    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        scoped = replace(search, condition=All((self._scope, search.condition)))
        found = await self._reader.found(scoped, limit)
        self._visible.note([one.customer.id for one in found])
        return found

    @override
    async def count(self, condition: ValueCondition) -> int:
        return await self._reader.count(All((self._scope, condition)))

    @override
    async def matching(self, condition: ValueCondition) -> Collection[str]:
        return await self._reader.matching(All((self._scope, condition)))

    @override
    async def revisions(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Revision]]:
        return await self._reader.revisions((await self.records(records)).keys())

    @override
    async def answers(self, records: Collection[RecordKey]) -> Mapping[RecordKey, Sequence[Given]]:
        return await self._reader.answers((await self.records(records)).keys())

    @override
    async def taggings(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Sequence[Tagging]]:
        return await self._reader.taggings((await self.records(records)).keys())

    @override
    async def timeline(
        self, customers: Collection[str], window: Window
    ) -> Mapping[str, Sequence[Event]]:
        return await self._reader.timeline(await self._visible.among(customers), window)

    @override
    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        return await self._reader.happened((await self.records(records)).keys(), names)

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        # Objects are nobody's: a scope is of customers.
        return await self._reader.objects(names)

    @override
    async def object_page(self, after: ObjectName, limit: int) -> Sequence[KnownObject]:
        return await self._reader.object_page(after, limit)

    @override
    async def cells(self, names: Collection[str]) -> Mapping[str, str]:
        # All customers are counted together: who is told of some alone is told of no number.
        return {}

    @override
    async def present(self) -> int:
        return await self._reader.present()

    @override
    async def event_counts(self, customers: Collection[str], window: Window) -> Mapping[str, int]:
        return await self._reader.event_counts(await self._visible.among(customers), window)
