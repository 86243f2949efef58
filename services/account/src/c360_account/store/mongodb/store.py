"""The AccountStore in one MongoDB database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.mongodb import Collection, Document
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.payload import AccountAssigned
from c360_kernel.projection.mongodb_generations import Aside, Current
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from typing_extensions import override

from c360_account.store.digest import Content, digest_of
from c360_account.store.mongodb.connection import open_client
from c360_account.store.mongodb.documents import (
    read_carries,
    read_event,
    read_link,
    read_person,
    read_record,
    read_told,
)
from c360_account.store.mongodb.feeding import MongoFeeding
from c360_account.store.mongodb.generation import Generation, generations_of
from c360_account.store.mongodb.journal import settled
from c360_account.store.mongodb.reading import MongoReading
from c360_account.store.port import AccountStore
from c360_account.store.values import read_values

_ORIGINS = "account_origin"
_HOLDS = {"person": {"$ne": None}}


class MongoAccountStore(MongoFeeding, MongoReading, AccountStore):
    """An `AccountStore` that several processes may feed and read at once.

    Made by `open_store` or `open_aside`.
    """

    def __init__(self, current: Current[Generation], account_id: CustomerIds) -> None:
        MongoFeeding.__init__(self, current, account_id)
        MongoReading.__init__(self, current)
        self._connected = current

    @override
    async def emissions(self) -> AsyncIterator[AccountAssigned]:
        generation = await self._settled()
        with store_errors():
            held = await _all(generation.records, "account", "comes_to")
        for one in sorted(held, key=_key):
            if one["account"]:
                told = one["account"], Version(0, 0), read_values(one["comes_to"])
                yield AccountAssigned(_key(one), *told)

    @override
    async def digest(self) -> str:
        generation = await self._settled()
        with store_errors():
            records = await _all(generation.records)
            links = await generation.links.find(_HOLDS, ["stamp", "data"]).to_list()
            persons = await _all(generation.persons)
            events = await _all(generation.events)
            told = await _all(generation.customers)
        return digest_of(
            Content(
                records=map(read_record, records),
                carries={_key(one): read_carries(one) for one in records},
                links=map(read_link, links),
                persons={_key(one): read_person(one) for one in persons},
                events=map(read_event, events),
                traits={one["_id"]: read_told(one).traits for one in told},
            )
        )

    @override
    async def counts(self) -> Mapping[str, int]:
        generation = await self._current.get()
        wanted = {
            "records": (generation.records, {"live": True}),
            "accounts": (generation.records, {"head": {"$ne": None}}),
            "links": (generation.links, _HOLDS),
            "persons": (generation.persons, {"customer": {"$ne": ""}}),
            "events": (generation.events, {}),
        }
        with store_errors():
            return {name: await generation.count(*one) for name, one in wanted.items()}

    @override
    async def close(self) -> None:
        await self._connected.close()

    async def _settled(self) -> Generation:
        generation = await self._current.look()
        with store_errors():
            await settled(generation)
        return generation


class MongoAccountStoreAside(MongoAccountStore):
    """A store in the making, to be put in the place of the live one."""

    def __init__(self, aside: Aside[Generation], account_id: CustomerIds) -> None:
        super().__init__(aside, account_id)
        self._aside = aside

    async def install(self) -> None:
        """Put it in the place of the live store, and remove that."""
        await self._aside.install()


def open_store(url: str, account_id: CustomerIds) -> MongoAccountStore:
    """The live store of a database `mongodb://HOST/DATABASE`. Connects at its first use.

    Raises `SettingsError` for a URL that is none or names no database.
    """
    client = open_client(url)
    database = client.get_default_database()
    current = Current(client, database[_ORIGINS], generations_of(database))
    return MongoAccountStore(current, account_id)


def open_aside(url: str, account_id: CustomerIds) -> MongoAccountStoreAside:
    """An empty store in the same database."""
    client = open_client(url)
    database = client.get_default_database()
    aside = Aside(client, database[_ORIGINS], generations_of(database))
    return MongoAccountStoreAside(aside, account_id)


async def _all(collection: Collection, *fields: str) -> list[Document]:
    return await collection.find({}, list(fields) or None).to_list()


def _key(document: Document) -> RecordKey:
    return RecordKey.parse(document["_id"])
