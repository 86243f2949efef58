"""The gateway's connections to MongoDB. Imported only where a setting names one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from c360_kernel import mongodb
from c360_kernel.mongodb import (
    DUPLICATE_KEY,
    Client,
    is_of_driver,
    overtaken,
    unavailable,
    write_codes,
)
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
        is_overtaken = DUPLICATE_KEY in write_codes(error)
        raise (overtaken() if is_overtaken else unavailable(error)) from None
    except PyMongoError as error:
        raise unavailable(error) from None
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        if not is_of_driver(error):
            raise
        raise unavailable(error) from None
