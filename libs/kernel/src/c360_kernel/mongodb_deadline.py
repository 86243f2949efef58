"""What a store on MongoDB does about the time that a request has, and about a server's errors."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pymongo
from bson.errors import InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

from c360_kernel.deadline import in_time, seconds_left
from c360_kernel.errors import Invalid
from c360_kernel.mongodb import (
    DUPLICATE_KEY,
    Client,
    is_of_driver,
    overtaken,
    unavailable,
    write_codes,
)

_TOO_LARGE = (10334, 17280, 17419, 17420)
# No time at all would mean to the driver that there is no limit.
_SHORTEST_S = 0.001


async def reach(client: Client) -> None:
    """Return once a server is there; `Transient` if none is for as long as the URL allows.

    Left alone, the driver looks for a server as long as the request has time.
    """
    left = seconds_left()
    if left is None or client.topology_description.has_writable_server():
        return
    patience = min(left, client.options.server_selection_timeout)
    with in_time(), _translating(), pymongo.timeout(max(patience, _SHORTEST_S)):
        await client.admin.command("ping")


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values.

    What is asked for a request is asked for as long as that one has time.
    """
    left = seconds_left()
    if left is None:
        with _translating():
            yield
    else:
        with in_time(), _translating(), pymongo.timeout(max(left, _SHORTEST_S)):
            yield


@contextmanager
def _translating() -> Generator[None]:
    try:
        yield
    except (InvalidDocument, DocumentTooLarge, OverflowError, UnicodeEncodeError) as error:
        raise _unfit(error) from None
    except PyMongoError as error:
        raise _translated(error) from None
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        if not is_of_driver(error):
            raise
        raise unavailable(error) from None


def _translated(error: PyMongoError) -> Exception:
    if isinstance(error, DuplicateKeyError):
        return overtaken()
    if isinstance(error, BulkWriteError):
        codes = write_codes(error)
        if DUPLICATE_KEY in codes:
            return overtaken()
        return _unfit(error) if codes.intersection(_TOO_LARGE) else unavailable(error)
    if isinstance(error, OperationFailure) and error.code in _TOO_LARGE:
        return _unfit(error)
    return unavailable(error)


def _unfit(error: Exception) -> Invalid:
    return Invalid(f"the store cannot hold it: {type(error).__name__}", code="STORE_DOCUMENT")
