"""Connections to MongoDB and what their errors mean. Imported only where a setting names one."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from c360_kernel.errors import Conflict, SettingsError, Transient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DuplicateKeyError,
    InvalidName,
    InvalidURI,
    PyMongoError,
)

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

_DUPLICATE_KEY = 11000
# What the URL itself says takes precedence. A number must not be given twice after a crash of the
# server, so a write is acknowledged once it is in the journals of a majority.
_DEFAULTS: Mapping[str, Any] = {
    "serverSelectionTimeoutMS": 2_000,
    "connectTimeoutMS": 2_000,
    "socketTimeoutMS": 10_000,
    "waitQueueTimeoutMS": 10_000,
    "w": "majority",
    "journal": True,
    "appname": "c360-gateway",
}


def open_client(url: str, setting: str) -> Client:
    """A client that connects at its first use, in the event loop of that use.

    Raises `SettingsError` naming `setting` and never the URL, since that may hold a password.
    """
    try:
        given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
        options = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
        client: Client = AsyncMongoClient(url, **options)
        client.get_default_database()
    except (ConfigurationError, InvalidURI, InvalidName, ValueError, TypeError):
        raise SettingsError(
            f"{setting} must be mongodb://HOST[:PORT]/DATABASE", code="STORE_UNKNOWN"
        ) from None
    return client


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values."""
    try:
        yield
    except DuplicateKeyError:
        raise _overtaken() from None
    except BulkWriteError as error:
        failed = (error.details or {}).get("writeErrors", ())
        if any(one["code"] == _DUPLICATE_KEY for one in failed):
            raise _overtaken() from None
        raise _unavailable() from None
    except PyMongoError:
        # Also what an administrator has to put right: entries wait for it, they are not put aside.
        raise _unavailable() from None


def _overtaken() -> Conflict:
    return Conflict("somebody else saved it first")


def _unavailable() -> Transient:
    return Transient("a store cannot answer now", code="STORE_UNAVAILABLE")
