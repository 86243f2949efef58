"""Writes of single documents, many at once; each can be repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.mongodb import Collection, Document, overtaken
from c360_kernel.mongodb_writes import insert_new, slices
from c360_kernel.objects.known import KnownObject
from pymongo import ReplaceOne, UpdateMany, UpdateOne

from c360_profile.domain.consent import Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.search.search import Texts
from c360_profile.domain.tagging import Tagged
from c360_profile.store.mongodb.customers import HeldCustomer, customer_document, found_by
from c360_profile.store.mongodb.documents import (
    answer_document,
    archived_document,
    event_document,
    object_document,
    record_document,
    tagged_document,
)
from c360_profile.store.mongodb.marks import NO_MARK, Mark, marked
from c360_profile.store.port import Archived

_NEXT: Document = {"$inc": {"edition": 1}}


class SavedCustomer(NamedTuple):
    """A customer's new state, and as what it was read, None if it was not there.

    `texts` are what it is found by from now on, None: what it was found by before; `mark` is what
    it carries then.
    """

    held: HeldCustomer | None
    customer: Customer
    texts: Texts | None = None
    mark: Mark = NO_MARK

    @property
    def fields(self) -> Document:
        """What its document is to say."""
        edition = 1 if self.held is None else self.held.edition + 1
        said = customer_document(self.customer)
        return {"edition": edition, **said, **self._found_by, **marked(self.mark)}

    @property
    def _found_by(self) -> Document:
        if self.texts is not None:
            return found_by(self.customer.id, self.texts)
        return {} if self.held is None else self.held.found_by


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


async def keep_objects(objects: Collection, kept: Iterable[KnownObject]) -> None:
    """Keep what is said of objects; of what is said of one, what was observed last."""
    known = await insert_new(objects, list(map(object_document, kept)))
    replacements = [
        ReplaceOne({"_id": document["_id"], "$or": _said_before(document)}, document)
        for document in known
    ]
    if replacements:
        await objects.bulk_write(replacements, ordered=False)


def _said_before(document: Document) -> list[Document]:
    observed_at, stamp = document["observed_at"], document["stamp"]
    return [
        {"observed_at": {"$lt": observed_at}},
        {"observed_at": observed_at, "stamp": {"$lt": stamp}},
    ]


async def save_records(
    records: Collection, saved: Iterable[SourceRecord], carried: Mapping[str, Mark]
) -> None:
    """Save records, given as the edition that they become, with the marks that they carry."""
    named = {str(record.key): record for record in saved}
    documents = {
        name: record_document(one) | marked(carried.get(name, NO_MARK))
        for name, one in named.items()
    }
    await save_next_editions(records, documents)


async def save_customers(
    customers: Collection, saved: Iterable[SavedCustomer], teller: int
) -> None:
    """Save customers as the next edition of what was read; `teller` is the unit that does."""
    documents = {one.customer.id: one.fields | {"teller": teller} for one in saved}
    await save_next_editions(customers, documents)


async def save_unchanged(
    customers: Collection,
    editions: Mapping[str, int],
    texts: Mapping[str, Texts],
    counted: Mapping[str, Mark],
) -> None:
    """Save customers, read in these editions, as they are: that they were computed counts too.

    Some of them are to be found by `texts`, and to carry the marks `counted`, from now on.
    """
    also = {id_: found_by(id_, texts[id_]) for id_ in editions.keys() & texts.keys()}
    for id_ in editions.keys() & counted.keys():
        also[id_] = also.get(id_, {}) | marked(counted[id_])
    alike: dict[int, list[str]] = {}
    for id_, edition in sorted(editions.items()):
        if id_ not in also:
            alike.setdefault(edition, []).append(id_)
    writes: list[UpdateMany | UpdateOne] = [
        UpdateMany({"_id": {"$in": ids}, "edition": edition}, _NEXT)
        for edition, ids in alike.items()
    ]
    writes += [
        UpdateOne({"_id": id_, "edition": editions[id_]}, {**_NEXT, "$set": said})
        for id_, said in sorted(also.items())
    ]
    if writes:
        done = await customers.bulk_write(writes, ordered=True)
        if done.matched_count != len(editions):
            raise overtaken()


async def _keep_first_stamped(collection: Collection, documents: Sequence[Document]) -> None:
    known = await insert_new(collection, documents)
    replacements = [
        ReplaceOne({"_id": document["_id"], "stamp": {"$gt": document["stamp"]}}, document)
        for document in known
    ]
    if replacements:
        await collection.bulk_write(replacements, ordered=False)


async def save_next_editions(collection: Collection, saved: Mapping[str, Document]) -> None:
    """Save documents, given as the editions that they become; `Conflict` if one was saved since it
    was read."""
    new = [{"_id": id_, **one} for id_, one in sorted(saved.items()) if one["edition"] == 1]
    held = [_next_edition(*one) for one in sorted(saved.items()) if one[1]["edition"] > 1]
    for some in slices(new):
        await collection.insert_many(some, ordered=True)
    for some in slices(held):
        done = await collection.bulk_write(some, ordered=True)
        if done.matched_count != len(some):
            raise overtaken()


def _next_edition(id_: str, fields: Document) -> ReplaceOne[Document]:
    # A server that is told the id has nothing to look for in what it replaces.
    return ReplaceOne({"_id": id_, "edition": fields["edition"] - 1}, {"_id": id_, **fields})
