"""Writes of single documents, many at once; each can be repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.log.entry import NewEntry
from c360_kernel.mongodb import DUPLICATE_KEY, Collection, Document
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.store.mongodb.documents import (
    HeldCustomer,
    archived_document,
    customer_document,
    entry_document,
    event_document,
    record_document,
)
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.port import Archived, CustomerChange


class SavedCustomer(NamedTuple):
    """A customer as it was read, and the states that it goes through from there.

    Without any, the customer was computed and came out unchanged: that is an edition too.
    """

    id: str
    held: HeldCustomer | None
    changes: Sequence[CustomerChange] = ()
    sequence: int = 0


async def keep_events(events: Collection, kept: Iterable[Event]) -> None:
    """Keep events; of several with one name the one stamped first."""
    await _keep_first_stamped(events, list(map(event_document, kept)))


async def keep_revisions(revisions: Collection, kept: Iterable[Archived]) -> None:
    """Keep superseded revisions; of several with one number and content the first stamped."""
    await _keep_first_stamped(revisions, list(map(archived_document, kept)))


async def save_records(records: Collection, saved: Iterable[SourceRecord]) -> None:
    """Save records, given as the edition that they become."""
    documents = {str(record.key): record_document(record) for record in saved}
    await _save_next_editions(records, documents)


async def save_customers(customers: Collection, saved: Iterable[SavedCustomer]) -> None:
    """Save customers as the next edition of what was read, with the entries that wait in them."""
    await _save_next_editions(customers, {one.id: _customer_fields(one) for one in saved})


async def keep_letters(
    letters: Collection, entries: Iterable[NewEntry], clock: SequenceClock
) -> None:
    """Keep entries that belong to no customer, each as a document of its own."""
    writes = [
        UpdateOne({"_id": entry.id}, {"$setOnInsert": _waiting(clock.next(), [entry])}, upsert=True)
        for entry in entries
    ]
    if writes:
        await letters.bulk_write(writes)


async def _keep_first_stamped(collection: Collection, documents: Sequence[Document]) -> None:
    known = await _insert_new(collection, documents)
    replacements = [
        ReplaceOne({"_id": document["_id"], "stamp": {"$gt": document["stamp"]}}, document)
        for document in known
    ]
    if replacements:
        await collection.bulk_write(replacements, ordered=False)


async def _insert_new(collection: Collection, documents: Sequence[Document]) -> list[Document]:
    """Insert what is new; give back what was there."""
    try:
        if documents:
            await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failed = (error.details or {}).get("writeErrors", ())
        if any(one["code"] != DUPLICATE_KEY for one in failed):
            raise
        return [documents[one["index"]] for one in failed]
    return []


async def _save_next_editions(collection: Collection, saved: Mapping[str, Document]) -> None:
    writes = [_next_edition(id_, fields) for id_, fields in sorted(saved.items())]
    # Inserts travel together, which is faster, and in the order of their ids, as updates do.
    writes.sort(key=lambda write: isinstance(write, UpdateOne))
    if writes:
        await collection.bulk_write(writes, ordered=True)


def _next_edition(id_: str, fields: Document) -> InsertOne[Document] | UpdateOne:
    if fields["edition"] == 1:
        return InsertOne({"_id": id_, **fields})
    # A stale edition matches nothing, so that it is inserted, which the id forbids: the one bulk
    # write stops there.
    held = {"_id": id_, "edition": fields["edition"] - 1}
    return UpdateOne(held, {"$set": fields}, upsert=True)


def _customer_fields(saved: SavedCustomer) -> Document:
    held, changes = saved.held, saved.changes
    edition = {"edition": 1 + (held.edition if held else 0)}
    if not changes:
        return edition
    pending = held.pending if held else []
    entries = _waiting(saved.sequence, [change.entry for change in changes])
    entries["pending"] = [*pending, *entries["pending"]]
    return edition | customer_document(changes[-1].customer) | entries


def _waiting(sequence: int, entries: Sequence[NewEntry]) -> Document:
    return {"waiting": sequence, "pending": [entry_document(entry) for entry in entries]}
