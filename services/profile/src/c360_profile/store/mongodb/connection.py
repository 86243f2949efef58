"""Connections to MongoDB and what their errors mean."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bson.errors import InvalidDocument
from c360_kernel.errors import Conflict, Invalid, SettingsError, Transient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DocumentTooLarge,
    DuplicateKeyError,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

DUPLICATE_KEY = 11000
_TOO_LARGE = (10334, 17280, 17419, 17420)
# What the URL itself says takes precedence. A version must not be given twice after a crash of
# the server, so writes are acknowledged once they are in the journals of a majority.
_DEFAULTS: Mapping[str, Any] = {
    "serverSelectionTimeoutMS": 2_000,
    "connectTimeoutMS": 2_000,
    "socketTimeoutMS": 10_000,
    "waitQueueTimeoutMS": 10_000,
    "w": "majority",
    "journal": True,
    "appname": "c360-profile",
}


def check_url(url: str) -> None:
    """Raise `SettingsError` for a URL that `open_client` would refuse. Connects to nothing."""
    open_client(url)


def open_client(url: str) -> Client:
    """A client that connects at its first use.

    Raises `SettingsError`, which never shows the URL, since that may hold a password.
    """
    try:
        given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
        options = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
        client: Client = AsyncMongoClient(url, **options)
        client.get_default_database()
    except (ConfigurationError, InvalidURI, InvalidName, ValueError, TypeError):
        raise SettingsError(
            "C360_PROFILE_STORE must be mongodb://HOST[:PORT]/DATABASE", code="STORE_UNKNOWN"
        ) from None
    return client


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values."""
    try:
        yield
    except (InvalidDocument, DocumentTooLarge, OverflowError, UnicodeEncodeError) as error:
        raise _unfit(error) from None
    except PyMongoError as error:
        raise _translated(error) from None


def _translated(error: PyMongoError) -> Exception:
    if isinstance(error, DuplicateKeyError):
        return _overtaken()
    if isinstance(error, BulkWriteError):
        codes = {failed["code"] for failed in (error.details or {}).get("writeErrors", ())}
        if DUPLICATE_KEY in codes:
            return _overtaken()
        return _unfit(error) if codes.intersection(_TOO_LARGE) else _unavailable()
    if isinstance(error, OperationFailure) and error.code in _TOO_LARGE:
        return _unfit(error)
    # Also what an administrator has to put right: entries wait for it, they are not put aside.
    return _unavailable()


def _overtaken() -> Conflict:
    return Conflict("somebody else saved it first")


def _unavailable() -> Transient:
    return Transient("a store cannot answer now", code="STORE_UNAVAILABLE")


def _unfit(error: Exception) -> Invalid:
    return Invalid(f"the store cannot hold it: {type(error).__name__}", code="STORE_DOCUMENT")
