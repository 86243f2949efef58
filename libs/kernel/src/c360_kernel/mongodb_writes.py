"""Writes of many documents at once, each of which can be repeated alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from pymongo.errors import BulkWriteError

from c360_kernel.mongodb import DUPLICATE_KEY, Collection, Document

_Written = TypeVar("_Written")
# A command has to be answered in time, however much a batch writes and however slow the server is.
_AT_ONCE = 1_000


async def insert_new(collection: Collection, documents: Sequence[Document]) -> list[Document]:
    """Insert what is new; give back what was there."""
    known: list[Document] = []
    for some in slices(documents):
        try:
            await collection.insert_many(some, ordered=False)
        except BulkWriteError as error:
            failed = (error.details or {}).get("writeErrors", ())
            if any(one["code"] != DUPLICATE_KEY for one in failed):
                raise
            known += [some[one["index"]] for one in failed]
    return known


def slices(written: Sequence[_Written]) -> Iterator[Sequence[_Written]]:
    """As much as one command takes, in order."""
    return (written[start : start + _AT_ONCE] for start in range(0, len(written), _AT_ONCE))
