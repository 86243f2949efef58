"""The part of the store that answers questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from c360_kernel.mongodb import Document
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.record import Identifier, RecordKey, TraitValue
from typing_extensions import override

from c360_account.domain.counting import AccountName, CountedEvent
from c360_account.domain.model import AccountRecord, HeldLink
from c360_account.store.mongodb.documents import (
    account_name,
    read_carries,
    read_event,
    read_link,
    read_record,
    read_told,
)
from c360_account.store.mongodb.generation import Generation
from c360_account.store.mongodb.reads import Carriers, among, by_id
from c360_account.store.port import MOST_HEIRS, AccountReader

_OF_AGE = ("age", "source", "key", "account")


class _Holder(Protocol):
    """Knows the generation that is read."""

    async def get(self) -> Generation: ...


class GivenGeneration(_Holder):
    """One that is known already."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    @override
    async def get(self) -> Generation:
        return self._generation


class MongoReading(AccountReader):
    """An `AccountReader`."""

    def __init__(self, current: _Holder) -> None:
        self._current = current

    @override
    async def present(self, ids: Collection[str]) -> Mapping[str, str]:
        generation = await self._current.get()
        with store_errors():
            held = await among(generation.records, "id", ids, ("id", "account", "carried"))
            found = {one["id"]: one["account"] for one in held if one["account"]}
            gone = {one["id"]: one for one in held if not one["account"]}
            heirs = await _oldest_carriers(
                generation, {i for one in gone.values() for i in read_carries(one)}
            )
        for id_, document in gone.items():
            known = [heirs[one] for one in read_carries(document) if one in heirs]
            if known:
                found[id_] = min(known, key=_age)["account"]
        return found

    @override
    async def page(self, after: str, size: int) -> Sequence[str]:
        generation = await self._current.get()
        with store_errors():
            found = generation.records.find({"head": {"$gt": after}}, ["head"])
            page = await found.sort([("head", 1)]).limit(size).to_list()
        return [one["head"] for one in page]

    @override
    async def records_of(self, accounts: Collection[str]) -> Mapping[str, Sequence[AccountRecord]]:
        generation = await self._current.get()
        with store_errors():
            held = await among(generation.records, "account", accounts)
        found: dict[str, list[AccountRecord]] = {}
        for document in sorted(held, key=_age):
            found.setdefault(document["account"], []).append(read_record(document))
        return found

    @override
    async def accounts_of(self, records: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        generation = await self._current.get()
        with store_errors():
            held = await by_id(generation.records, map(str, records), ("account",))
        return {RecordKey.parse(one["_id"]): one["account"] for one in held if one["account"]}

    @override
    async def identifiers_of(
        self, records: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        generation = await self._current.get()
        with store_errors():
            held = await by_id(generation.records, map(str, records), ("carried",))
        carries = {RecordKey.parse(one["_id"]): read_carries(one) for one in held}
        found = {
            key: sorted(i for i, carried in one.items() if carried.active)
            for key, one in carries.items()
        }
        return {key: one for key, one in found.items() if one}

    @override
    async def below(self, records: Collection[RecordKey]) -> Collection[RecordKey]:
        generation = await self._current.get()
        with store_errors():
            held = await among(generation.records, "parent", map(str, records), ("parent",))
        return sorted(RecordKey.parse(one["_id"]) for one in held)

    @override
    async def links_between(
        self, accounts: Collection[RecordKey], persons: Collection[RecordKey]
    ) -> Sequence[HeldLink]:
        links = (await self._current.get()).links
        with store_errors():
            held = [
                *await among(links, "account", map(str, accounts), ("stamp", "data")),
                *await among(links, "person", map(str, persons), ("stamp", "data")),
            ]
        return list(map(read_link, {one["_id"]: one for one in held}.values()))

    @override
    async def customers_of(self, persons: Collection[RecordKey]) -> Mapping[RecordKey, str]:
        generation = await self._current.get()
        with store_errors():
            held = await by_id(generation.persons, map(str, persons), ("customer",))
        return {RecordKey.parse(one["_id"]): one["customer"] for one in held if one["customer"]}

    @override
    async def persons_of(self, customers: Collection[str]) -> Mapping[str, Sequence[RecordKey]]:
        generation = await self._current.get()
        with store_errors():
            held = await among(generation.persons, "customer", customers, ("customer",))
        found: dict[str, list[RecordKey]] = {}
        for key, customer in sorted((RecordKey.parse(one["_id"]), one["customer"]) for one in held):
            if customer:
                found.setdefault(customer, []).append(key)
        return found

    @override
    async def counted(
        self, persons: Collection[RecordKey], names: Collection[AccountName], most: int
    ) -> Sequence[CountedEvent]:
        generation = await self._current.get()
        wanted = {"record": list(map(str, persons)), "account": list(map(account_name, names))}
        found: dict[str, Document] = {}
        with store_errors():
            for field, values in wanted.items():
                if values:
                    held = generation.events.find({field: {"$in": values}}).limit(most)
                    found |= {one["_id"]: one for one in await held.to_list()}
        return list(map(read_event, found.values()))[:most]

    @override
    async def named(self, names: Collection[AccountName]) -> Mapping[AccountName, str]:
        by_key = {RecordKey(one.source, one.value): one for one in names if not one.type}
        held = await self.accounts_of(by_key.keys())
        found = {by_key[key]: account for key, account in held.items()}
        carried = {Identifier(one.type, one.value): one for one in names if one.type}
        generation = await self._current.get()
        with store_errors():
            oldest = await _oldest_carriers(generation, carried)
        return found | {carried[one]: document["account"] for one, document in oldest.items()}

    @override
    async def traits_of(self, customers: Collection[str]) -> Mapping[str, Mapping[str, TraitValue]]:
        generation = await self._current.get()
        with store_errors():
            held = await by_id(generation.customers, customers)
        return {one["_id"]: read_told(one).traits for one in held}


async def _oldest_carriers(
    generation: Generation, identifiers: Collection[Identifier]
) -> Mapping[Identifier, Document]:
    """The oldest record that carries each; none of what very many carry."""
    found = await Carriers(generation.records, _OF_AGE).of(identifiers, MOST_HEIRS + 1)
    return {one: min(held, key=_age) for one, held in found.items() if len(held) <= MOST_HEIRS}


def _age(document: Document) -> tuple[str, str, str]:
    return document["age"], document["source"], document["key"]
