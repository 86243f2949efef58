"""Reads by key, in one generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.mongodb import Collection as DocumentCollection
from c360_kernel.mongodb import Document
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName

from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.tagging import Tagging
from c360_profile.store.mongodb.customers import (
    NOT_FOUND_BY,
    HeldCustomer,
    read_customer,
    read_held,
)
from c360_profile.store.mongodb.documents import (
    event_id,
    object_id,
    place_id,
    read_archived,
    read_event,
    read_object,
    read_record,
    read_tagged,
)
from c360_profile.store.mongodb.generation import Generation
from c360_profile.store.mongodb.marks import MARK, NO_MARK, Mark, mark_of
from c360_profile.store.port import Reference

# As many documents as come with a find's first answer; a server sends less if they are large.
_AT_ONCE = 10_000
_BY_NUMBER = [("record", 1), ("own", 1), ("number", 1)]


class HeldRecord(NamedTuple):
    """A record as it was read, and the mark that it carries."""

    record: SourceRecord
    mark: Mark


async def records_by_key(
    generation: Generation, keys: Iterable[RecordKey]
) -> dict[RecordKey, SourceRecord]:
    """Records by key."""
    held = await held_records(generation, keys)
    return {key: one.record for key, one in held.items()}


async def held_records(
    generation: Generation, keys: Iterable[RecordKey]
) -> dict[RecordKey, HeldRecord]:
    """Records by key, with the marks that they carry."""
    return _held(await by_id(generation.records, map(str, keys)))


def _held(found: Iterable[Document]) -> dict[RecordKey, HeldRecord]:
    held = (HeldRecord(read_record(document), mark_of(document)) for document in found)
    return {one.record.key: one for one in held}


async def customers_by_id(generation: Generation, ids: Iterable[str]) -> dict[str, Customer]:
    """Customers by id."""
    found = await by_id(generation.customers, ids, NOT_FOUND_BY)
    return {document["_id"]: read_customer(document) for document in found}


async def held_customers(generation: Generation, ids: Iterable[str]) -> dict[str, HeldCustomer]:
    """Customers by id, with what saving them needs."""
    found = await by_id(generation.customers, ids)
    return {document["_id"]: read_held(document) for document in found}


class Stands(NamedTuple):
    """The edition of a document, and the mark that it carries."""

    edition: int
    mark: Mark


UNSAVED = Stands(0, NO_MARK)


async def standing(documents: DocumentCollection, ids: Iterable[str]) -> dict[str, Stands]:
    """How documents stand now, by id."""
    found = await by_id(documents, ids, {"edition": 1, MARK: 1})
    return {one["_id"]: Stands(int(one["edition"]), mark_of(one)) for one in found}


async def archived_at(
    revisions: DocumentCollection, names: Collection[RevisionName]
) -> dict[RevisionName, list[Revision]]:
    """The archived revisions at these numbers."""
    places = {place_id(*name): name for name in names}
    if not places:
        return {}
    with store_errors():
        found = await revisions.find({"place": {"$in": list(places)}}).to_list()
    archived: dict[RevisionName, list[Revision]] = {}
    for document in found:
        name = places[document["place"]]
        archived.setdefault(name, []).append(read_archived(document).revision)
    return archived


async def revisions_of(
    generation: Generation, records: Iterable[RecordKey]
) -> dict[RecordKey, list[Revision]]:
    """Archived revisions by record, in the order of their numbers."""
    chosen = {"record": {"$in": list(map(str, records))}}
    with store_errors():
        documents = await generation.revisions.find(chosen).sort(_BY_NUMBER).to_list()
    found: dict[RecordKey, list[Revision]] = {}
    for archived in map(read_archived, documents):
        found.setdefault(archived.record, []).append(archived.revision)
    return found


async def taggings_of(
    generation: Generation, records: Iterable[RecordKey]
) -> dict[RecordKey, list[Tagging]]:
    """Everything that was ever said of tags, by record."""
    chosen = {"record": {"$in": list(map(str, records))}}
    with store_errors():
        found = await generation.taggings.find(chosen).to_list()
    said: dict[RecordKey, list[Tagging]] = {}
    for record, one in map(read_tagged, found):
        said.setdefault(record, []).append(one)
    return said


async def linked_records(
    generation: Generation, customers: Collection[str]
) -> dict[RecordKey, SourceRecord]:
    """All records that belong or ever belonged to one of these customers."""
    found = await held_linked_records(generation, customers)
    return {key: one.record for key, one in found.items()}


async def held_linked_records(
    generation: Generation, customers: Collection[str]
) -> dict[RecordKey, HeldRecord]:
    """The same, with the marks that they carry."""
    if not customers:
        return {}
    with store_errors():
        chosen = generation.records.find({"customers": {"$in": list(customers)}})
        return _held(await chosen.batch_size(_AT_ONCE).to_list())


def by_customer(
    customers: Collection[str], records: Iterable[SourceRecord]
) -> Mapping[str, Sequence[SourceRecord]]:
    """Records under each of these customers that they are linked to."""
    linked: dict[str, list[SourceRecord]] = {}
    for record in records:
        for customer in record.customers.intersection(customers):
            linked.setdefault(customer, []).append(record)
    return linked


async def events_of(
    generation: Generation, records: Collection[RecordKey], names: Collection[str]
) -> Iterable[Event]:
    """The events of these records that have one of these names."""
    if not records:
        return ()
    chosen = {"record": {"$in": [str(key) for key in records]}, "name": {"$in": list(names)}}
    with store_errors():
        return map(read_event, await generation.events.find(chosen).to_list())


async def events_by_name(
    generation: Generation, names: Iterable[EventName]
) -> dict[EventName, Event]:
    """Events by name."""
    found = map(read_event, await by_id(generation.events, map(event_id, names)))
    return {event.id: event for event in found}


async def objects_by_name(
    generation: Generation, names: Iterable[ObjectName]
) -> dict[ObjectName, KnownObject]:
    """Objects by name."""
    found = map(read_object, await by_id(generation.objects, map(object_id, names)))
    return {one.name: one for one in found}


async def objects_after(generation: Generation, after: ObjectName, limit: int) -> list[KnownObject]:
    """The first objects after a name, by type and key."""
    with store_errors():
        found = generation.objects.find({"_id": {"$gt": object_id(after)}})
        return list(map(read_object, await found.sort([("_id", 1)]).limit(limit).to_list()))


async def referring_records(
    generation: Generation, reference: Reference, after: str, limit: int
) -> list[RecordKey]:
    """The first records, by name, after this one on which there are events of a reference."""
    held = f"properties.{reference.property}"
    found: dict[str, None] = {}
    while len(found) < limit:
        since = next(reversed(found), after)
        chosen: Document = {
            held: reference.key, "record": {"$gt": since}, "name": {"$in": sorted(reference.events)}
        }  # fmt: skip
        with store_errors():
            cursor = generation.events.find(chosen, {"record": 1}).sort([(held, 1), ("record", 1)])
            some = await cursor.limit(limit).to_list()
        # The last one may have more events than were read, and is named once.
        found |= dict.fromkeys(one["record"] for one in some)
        if len(some) < limit:
            break
    return [RecordKey.parse(one) for one in list(found)[:limit]]


async def by_id(
    collection: DocumentCollection, ids: Iterable[str], fields: Mapping[str, int] | None = None
) -> list[Document]:
    """Documents by their ids, in no particular order."""
    wanted = list(ids)
    if not wanted:
        return []
    with store_errors():
        found = collection.find({"_id": {"$in": wanted}}, fields)
        return await found.batch_size(len(wanted) + 1).to_list()
