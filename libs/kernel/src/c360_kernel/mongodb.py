"""Connections to MongoDB. Imported only where a setting names one."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DuplicateKeyError,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.monitoring import ConnectionPoolListener
from pymongo.uri_parser import split_options

from c360_kernel.errors import Conflict, Misaddressed, SettingsError, Transient, Unusable
from c360_kernel.log.identity import Origin, claimed_by
from c360_kernel.mongodb_url import options_of, problem_of

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


_WRONG_VALUES = (ValueError, TypeError)


def open_client(
    url: str, setting: str, appname: str, listeners: Sequence[ConnectionPoolListener] = ()
) -> Client:
    """A client that connects at its first use, in the event loop of that use.

    Raises `SettingsError` naming `setting` and never the URL, since that may hold a password.
    What the driver would drop or obey to our harm is refused: see `mongodb_url`. `listeners` are
    told of the connections that it makes and loses.
    """
    problem = problem_of(url)
    if problem is not None:
        raise _unknown(setting, f": {problem}")
    given = options_of(url)
    wanted: Mapping[str, Any] = {**_DEFAULTS, "appname": appname}
    options = {name: value for name, value in wanted.items() if name.lower() not in given}
    try:
        _refuse_dropped(url)
        client: Client = AsyncMongoClient(url, event_listeners=listeners, **options)
        client.get_default_database()
    except OSError as error:
        raise _unknown(setting, ": a file that it names is not to be read") from error
    except (ConfigurationError, InvalidURI, InvalidName, LookupError, *_WRONG_VALUES):
        raise _unknown(setting) from None
    return client


def _refuse_dropped(url: str) -> None:
    """Raise for an option of which a client only warns.

    To have it raise would turn every warning of every thread into an error meanwhile, and for good
    where two clients are opened at once: an event loop with a connection left then never closes.
    """
    query = url.partition("?")[2]
    options = split_options(query) if query else {}
    compressors = dict(parse_qsl(query.lower())).get("compressors", "")
    if compressors and len(options["compressors"]) < len(compressors.split(",")):
        raise ConfigurationError("a compressor that is not there")


def _unknown(setting: str, why: str = "") -> SettingsError:
    form = f"{setting} must be mongodb://HOST[:PORT]/DATABASE"
    return SettingsError(f"{form}{why}", code="STORE_UNKNOWN")


async def check_format(states: Collection, name: str, number: int, mend: str) -> None:
    """Refuse what was written in another format: `Unusable` (STORE_FORMAT).

    The number stands in the document `name`; one made before there were numbers is format 1.
    """
    found = await states.find_one({"_id": name}, {"format": 1})
    held = None if found is None else found.get("format", 1)
    if held != number:
        raise Unusable(f"format {held}, this version reads {number}: {mend}", code="STORE_FORMAT")


async def origin_of(states: Collection, name: str) -> Origin | None:
    """What the document `name` says that a store is fed from; None if it was never told."""
    found = await states.find_one({"_id": name}, {"log": 1, "instance": 1}) or {}
    return Origin(found["log"], found.get("instance", "")) if found.get("log") else None


async def claim(states: Collection, name: str, by: Origin) -> Origin:
    """What a store is fed from, kept in the document `name`: see `ProjectionStore.claimed`."""
    held = await origin_of(states, name)
    if held is None:
        await states.update_one({"_id": name}, {"$setOnInsert": {"log": None}}, upsert=True)
    if claimed_by(held, by) != held:
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


_LOGIN_REFUSED = (13, 18, 8000)
_NO_LOGINS = "saslStart"
_NO_MEMBER = "No replica set members available for replica set name"


def unavailable(error: Exception) -> Transient:
    """Also what an administrator has to put right: entries wait for it, they are not put aside.

    What is wrong then has a code of its own.
    """
    message = str(error)
    refused = isinstance(error, OperationFailure)
    if refused and (error.code in _LOGIN_REFUSED or _NO_LOGINS in message):
        return Misaddressed("a store refuses its login", code="STORE_LOGIN")
    if isinstance(error, ServerSelectionTimeoutError) and _NO_MEMBER in message:
        return Misaddressed(
            "the server of a store is no member of the replica set of its URL",
            code="STORE_REPLICA_SET",
        )
    return Transient("a store cannot answer now", code="STORE_UNAVAILABLE")


def is_of_driver(error: Exception) -> bool:
    """Whether the driver itself raised it: it meets answers that are none with any exception."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else str(frame.tb_frame.f_globals.get("__name__", ""))
    return where.partition(".")[0] in ("pymongo", "bson")


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values."""
    try:
        yield
    except DuplicateKeyError:
        raise overtaken() from None
    except BulkWriteError as error:
        is_overtaken = DUPLICATE_KEY in write_codes(error)
        raise (overtaken() if is_overtaken else unavailable(error)) from None
    except PyMongoError as error:
        raise unavailable(error) from None
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        if not is_of_driver(error):
            raise
        raise unavailable(error) from None
