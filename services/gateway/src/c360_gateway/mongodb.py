"""The gateway's connections to MongoDB. Imported only where a setting names one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from c360_kernel import mongodb
from c360_kernel.mongodb import DUPLICATE_KEY, Client, overtaken, unavailable, write_codes
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError


def open_client(url: str, setting: str) -> Client:
    """See `c360_kernel.mongodb.open_client`."""
    return mongodb.open_client(url, setting, "c360-gateway")


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values."""
    try:
        yield
    except DuplicateKeyError:
        raise overtaken() from None
    except BulkWriteError as error:
        raise (overtaken() if DUPLICATE_KEY in write_codes(error) else unavailable()) from None
    except PyMongoError:
        raise unavailable() from None
