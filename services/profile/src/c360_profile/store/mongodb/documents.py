"""Between domain objects and documents: records, their revisions, events and answers.

Nobody asks a server for what a record says, so that is one text of JSON in its document: a server
and its driver go through a document value by value.
"""

from __future__ import annotations

import orjson
from bson.errors import InvalidDocument
from c360_kernel.mongodb import Document
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.payload import NO_TERMS, ConsentTerms
from c360_kernel.record import RecordKey
from c360_kernel.version import Version

from c360_profile.domain.assignment import Assignment
from c360_profile.domain.carried import identifiers_in
from c360_profile.domain.consent import Answers, Consent, Given
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.tagging import Tagged, Tagging
from c360_profile.store.mongodb.values import plain, read_tag_value, read_values
from c360_profile.store.port import Archived

CARRIED = "carried"
"""The field of a record's document that finds it by the identifiers that it says."""


def carried_mark(type_: str, value: str | None) -> str:
    """What finds the records that carry an identifier; any of its type, if `value` is None."""
    return type_ if value is None else f"{type_}={value}"


def _carried_marks(text: str) -> list[str]:
    return [mark for one in identifiers_in(text) for mark in (one.type, carried_mark(*one))]


def record_document(record: SourceRecord) -> Document:
    """What a record's document says, its id aside. `customers` finds it from each of them."""
    return {
        "edition": record.edition,
        "customers": sorted(record.customers),
        "told": record.latest is not None,
        CARRIED: _carried_marks(record.carried),
        "body": _text(_body(record)),
    }


def read_record(document: Document) -> SourceRecord:
    """The record of a document."""
    body = orjson.loads(document["body"])
    latest = body["latest"]
    version = Version(body["epoch"], body["counter"])
    return SourceRecord(
        RecordKey.parse(document["_id"]),
        int(document["edition"]),
        None if latest is None else _read_revision(latest),
        Assignment(body["customer"], version, tuple(body["former"])),
        {answers["purpose"]: _read_answers(answers) for answers in body["answers"]},
        tuple(map(_read_revision, body["others"])),
        body["present"],
        tuple(map(_read_tagging, body["tags"])),
        body["carried"],
    )


def archived_id(archived: Archived) -> str:
    """Names an archived revision."""
    revision = archived.revision
    return f"{place_id(archived.record, revision.own, revision.number)}.{revision.content}"


def place_id(record: RecordKey, own: bool, number: int) -> str:
    """Names a number of a record's revisions."""
    return f"{record}@{int(own)}.{number}"


def archived_document(archived: Archived) -> Document:
    """The document of a superseded revision."""
    record, revision = archived
    named = {
        "_id": archived_id(archived),
        "record": str(record),
        "place": place_id(record, revision.own, revision.number),
    }
    return named | _revision_document(revision)


def read_archived(document: Document) -> Archived:
    """The superseded revision of a document."""
    return Archived(RecordKey.parse(document["record"]), _read_revision(document))


def event_id(name: EventName) -> str:
    """Names an event; sources hold no slash."""
    return f"{name.source}/{name.message_id}"


def event_document(event: Event) -> Document:
    """The document of an event."""
    return {
        "_id": event_id(event.id),
        "record": str(event.record),
        "source": event.record.source,
        "message_id": event.message_id,
        "name": event.name,
        "occurred_at": event.occurred_at,
        "stamp": event.stamp,
        "properties": plain(event.properties),
    }


def read_event(document: Document) -> Event:
    """The event of a document."""
    return Event(
        RecordKey.parse(document["record"]),
        document["message_id"],
        document["name"],
        int(document["occurred_at"]),
        document["stamp"],
        read_values(document["properties"]),
    )


def object_id(name: ObjectName) -> str:
    """Names an object; types hold no slash."""
    return f"{name.type}/{name.key}"


def object_document(one: KnownObject) -> Document:
    """The document of an object."""
    return {
        "_id": object_id(one.name),
        "source": one.source,
        "observed_at": one.observed_at,
        "stamp": one.stamp,
        "deleted": one.deleted,
        "properties": plain(one.properties),
    }


def read_object(document: Document) -> KnownObject:
    """The object of a document."""
    return KnownObject(
        ObjectName(*document["_id"].split("/", 1)),
        document["source"],
        int(document["observed_at"]),
        document["stamp"],
        document["deleted"],
        read_values(document["properties"]),
    )


def _body(record: SourceRecord) -> Document:
    assignment = record.assignment
    return {
        "customer": assignment.customer,
        "epoch": assignment.version.epoch,
        "counter": assignment.version.counter,
        "former": list(assignment.former),
        "latest": None if record.latest is None else _revision_document(record.latest),
        "others": [_revision_document(one) for one in record.others],
        "answers": [_answers_document(*one) for one in record.answers.items()],
        "present": record.present,
        "tags": list(map(_tagging_document, record.tags)),
        "carried": record.carried,
    }


def _text(body: Document) -> str:
    """As JSON. Raises `InvalidDocument` for what no document can hold."""
    try:
        return orjson.dumps(body).decode()
    except TypeError as error:
        raise InvalidDocument(type(error).__name__) from None


def _revision_document(revision: Revision) -> Document:
    return {
        "number": revision.number,
        "stamp": revision.stamp,
        "observed_at": revision.observed_at,
        "deleted": revision.deleted,
        "traits": plain(revision.traits),
        "own": revision.own,
        "content": revision.content,
        "named": None if revision.named is None else list(revision.named),
    }


def _read_revision(document: Document) -> Revision:
    return Revision(
        int(document["number"]),
        document["stamp"],
        int(document["observed_at"]),
        document["deleted"],
        read_values(document["traits"]),
        document["own"],
        document["content"],
        None if document["named"] is None else tuple(document["named"]),
    )


def answer_document(given: Given) -> Document:
    """The document of an answer to a consent."""
    named = {"_id": f"{given.record}@{given.name}", "record": str(given.record)}
    return named | _consent_document(given.consent)


def read_answer(document: Document) -> Given:
    """The answer of a document."""
    return Given(RecordKey.parse(document["record"]), _read_consent(document))


def tagged_document(tagged: Tagged) -> Document:
    """The document of what was said of a tag."""
    named = {"_id": f"{tagged.record}@{tagged.name}", "record": str(tagged.record)}
    return named | _tagging_document(tagged.tagging)


def read_tagged(document: Document) -> Tagged:
    """What was said of a tag, of a document."""
    return Tagged(RecordKey.parse(document["record"]), _read_tagging(document))


def _tagging_document(one: Tagging) -> Document:
    return {
        "tag": one.tag,
        "writer": one.writer,
        "value": one.value,
        "stamp": one.stamp,
        "expires_at": one.expires_at,
        "author": one.author,
        "reason": one.reason,
        "message_id": one.message_id,
    }


def _read_tagging(document: Document) -> Tagging:
    value = document["value"]
    return Tagging(
        document["tag"],
        document["writer"],
        None if value is None else read_tag_value(value),
        document["stamp"],
        int(document["expires_at"]),
        document["author"],
        document["reason"],
        document["message_id"],
    )


def _answers_document(purpose: str, answers: Answers) -> Document:
    *known, superseded = answers
    held = [None if one is None else _consent_document(one) for one in known]
    return {"purpose": purpose, "held": held, "superseded": list(superseded)}


def _consent_document(consent: Consent) -> Document:
    c = consent
    return {
        "purpose": c.purpose,
        "status": c.status,
        "at": c.at,
        "stamp": c.stamp,
        "channel": c.channel,
        "claimed_at": c.claimed_at,
        "terms": None if c.terms == NO_TERMS else c.terms._asdict(),
        "supersedes": list(c.supersedes),
    }


def _read_answers(document: Document) -> Answers:
    known = (None if one is None else _read_consent(one) for one in document["held"])
    return Answers.of(known, document["superseded"])


def _read_consent(document: Document) -> Consent:
    terms = document["terms"]
    return Consent(
        document["purpose"],
        document["status"],
        int(document["at"]),
        document["stamp"],
        document["channel"],
        int(document["claimed_at"]),
        NO_TERMS if terms is None else _read_terms(terms),
        tuple(document["supersedes"]),
    )


def _read_terms(document: Document) -> ConsentTerms:
    terms = ConsentTerms(**document)
    return terms._replace(expires_at=int(terms.expires_at))
