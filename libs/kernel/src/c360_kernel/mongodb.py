"""Connections to MongoDB. Imported only where a setting names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, ConfigurationError, InvalidName, InvalidURI

from c360_kernel.errors import Conflict, SettingsError, Transient, Unusable
from c360_kernel.log.identity import Origin

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

DUPLICATE_KEY = 11000
# What the URL itself says takes precedence. A number or version must not be given twice after a
# crash of the server, so a write is acknowledged once it is in the journals of a majority.
_DEFAULTS: Mapping[str, Any] = {
    "serverSelectionTimeoutMS": 2_000,
    "connectTimeoutMS": 2_000,
    "socketTimeoutMS": 10_000,
    "waitQueueTimeoutMS": 10_000,
    "w": "majority",
    "journal": True,
}


def open_client(url: str, setting: str, appname: str) -> Client:
    """A client that connects at its first use, in the event loop of that use.

    Raises `SettingsError` naming `setting` and never the URL, since that may hold a password.
    """
    try:
        given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
        wanted: Mapping[str, Any] = {**_DEFAULTS, "appname": appname}
        options = {name: value for name, value in wanted.items() if name.lower() not in given}
        client: Client = AsyncMongoClient(url, **options)
        client.get_default_database()
    except (ConfigurationError, InvalidURI, InvalidName, ValueError, TypeError):
        raise SettingsError(
            f"{setting} must be mongodb://HOST[:PORT]/DATABASE", code="STORE_UNKNOWN"
        ) from None
    return client


async def check_format(states: Collection, name: str, number: int, mend: str) -> None:
    """Refuse what was written in another format: `Unusable` (STORE_FORMAT).

    The number stands in the document `name`; one made before there were numbers is format 1.
    """
    await states.update_one({"_id": name, "format": None}, {"$set": {"format": 1}})
    found = await states.find_one({"_id": name}, {"format": 1}) or {}
    if found.get("format") != number:
        raise Unusable(
            f"format {found.get('format')}, this version reads {number}: {mend}",
            code="STORE_FORMAT",
        )


async def origin_of(states: Collection, name: str) -> Origin | None:
    """What the document `name` says that a store is fed from; None if it was never told."""
    found = await states.find_one({"_id": name}, {"log": 1, "instance": 1}) or {}
    return Origin(found["log"], found.get("instance", "")) if found.get("log") else None


async def claim(states: Collection, name: str, by: Origin) -> Origin:
    """What a store is fed from, kept in the document `name`: see `ProjectionStore.claimed`."""
    held = await origin_of(states, name)
    if held is None:
        await states.update_one({"_id": name}, {"$setOnInsert": {"log": None}}, upsert=True)
    if held is None or (held.log == by.log and not held.instance):
        there = {"_id": name, "log": held and held.log}
        await states.update_one(there, {"$set": {"log": by.log, "instance": by.instance}})
        held = await origin_of(states, name)
    return held or by


def write_codes(error: BulkWriteError) -> set[int]:
    """Why single writes of a bulk failed."""
    return {failed["code"] for failed in (error.details or {}).get("writeErrors", ())}


def overtaken() -> Conflict:
    """Another writer was there first."""
    return Conflict("somebody else saved it first")


def unavailable() -> Transient:
    """Also what an administrator has to put right: entries wait for it, they are not put aside."""
    return Transient("a store cannot answer now", code="STORE_UNAVAILABLE")
