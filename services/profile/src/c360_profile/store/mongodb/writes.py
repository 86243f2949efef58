"""Writes of single documents, many at once; each can be repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.mongodb import DUPLICATE_KEY, Collection, Document, overtaken
from pymongo import ReplaceOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.search.search import Texts
from c360_profile.domain.tagging import Tagged
from c360_profile.store.mongodb.documents import (
    HeldCustomer,
    answer_document,
    archived_document,
    changed_fields,
    customer_document,
    event_document,
    record_document,
    tagged_document,
    texts_document,
)
from c360_profile.store.port import Archived


class SavedCustomer(NamedTuple):
    """A customer's new state, and as what it was read, None if it was not there.

    `texts` are what it is found by from now on; None: by what it was before.
    """

    held: HeldCustomer | None
    customer: Customer
    texts: Texts | None = None

    @property
    def fields(self) -> Document:
        """What its document is to say that it does not say yet."""
        found_by = {} if self.texts is None else texts_document(self.customer.id, self.texts)
        if self.held is None:
            return {"edition": 1} | customer_document(self.customer) | found_by
        edition: Document = {"edition": self.held.edition + 1}
        return edition | changed_fields(self.customer, self.held.customer) | found_by


async def keep_events(events: Collection, kept: Iterable[Event]) -> None:
    """Keep events; of several with one name the one stamped first."""
    await _keep_first_stamped(events, list(map(event_document, kept)))


async def keep_revisions(revisions: Collection, kept: Iterable[Archived]) -> None:
    """Keep superseded revisions; of several with one number and content the first stamped."""
    await _keep_first_stamped(revisions, list(map(archived_document, kept)))


async def keep_answers(answers: Collection, kept: Iterable[Given]) -> None:
    """Keep answers to consents; of several that say the same the one stamped first."""
    await _keep_first_stamped(answers, list(map(answer_document, kept)))


async def keep_taggings(taggings: Collection, kept: Iterable[Tagged]) -> None:
    """Keep what is said of tags; of several with one name the one stamped first."""
    await _keep_first_stamped(taggings, list(map(tagged_document, kept)))


async def save_records(records: Collection, saved: Iterable[SourceRecord]) -> None:
    """Save records, given as the edition that they become."""
    documents = {str(record.key): record_document(record) for record in saved}
    await _save_next_editions(records, documents)


async def save_customers(
    customers: Collection, saved: Iterable[SavedCustomer], teller: int
) -> None:
    """Save customers as the next edition of what was read; `teller` is the unit that does."""
    documents = {one.customer.id: one.fields | {"teller": teller} for one in saved}
    await _save_next_editions(customers, documents)


async def save_unchanged(customers: Collection, editions: Mapping[str, int]) -> None:
    """Save customers, read in these editions, as they are: that they were computed counts too."""
    alike: dict[int, list[str]] = {}
    for id_, edition in sorted(editions.items()):
        alike.setdefault(edition, []).append(id_)
    writes = [
        UpdateMany({"_id": {"$in": ids}, "edition": edition}, {"$inc": {"edition": 1}})
        for edition, ids in alike.items()
    ]
    if writes:
        done = await customers.bulk_write(writes, ordered=True)
        if done.matched_count != len(editions):
            raise overtaken()


async def save_texts(customers: Collection, texts: Mapping[str, Texts]) -> None:
    """Let customers, otherwise as they are, be found by these texts."""
    writes = [
        UpdateOne({"_id": id_}, {"$set": texts_document(id_, held)})
        for id_, held in sorted(texts.items())
    ]
    if writes:
        await customers.bulk_write(writes, ordered=False)


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
    new = [id_ for id_, fields in sorted(saved.items()) if fields["edition"] == 1]
    held = [id_ for id_, fields in sorted(saved.items()) if fields["edition"] > 1]
    if new:
        await collection.insert_many([{"_id": id_, **saved[id_]} for id_ in new], ordered=True)
    writes = [_next_edition(id_, saved[id_]) for id_ in held]
    if writes:
        done = await collection.bulk_write(writes, ordered=True)
        if done.matched_count != len(writes):
            raise overtaken()


def _next_edition(id_: str, fields: Document) -> UpdateOne:
    return UpdateOne({"_id": id_, "edition": fields["edition"] - 1}, {"$set": fields})
