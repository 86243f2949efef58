"""Between domain objects and rows of the SQLite adapter: JSON text for what is not searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.payload import NO_TERMS, ConsentTerms
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.sqlite_reading import from_rows
from c360_kernel.version import Version

from c360_profile.domain.assignment import Assignment
from c360_profile.domain.consent import Answers, Consent, Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.judged import UNJUDGED, Judged, judged_text, read_judged
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said, standing_parts
from c360_profile.domain.tagging import Tagged, Tagging
from c360_profile.store.port import Archived

Row = tuple[Any, ...]
NONE = "[]"
"""The text of an empty list."""
_PLAIN = 6
"""So many cells has an answer of which no terms are known."""
_SETS_OF_SOURCES = 1_024
_NO_REVISION: Row = (None, None, None, 0, None, None, None, None)

RECORD_COLUMNS = (
    "id, edition, customer, epoch, counter, former,"
    " number, stamp, observed_at, deleted, traits, own, content, named, consents, others,"
    " present, tags, carried, judged"
)
REVISION_COLUMNS = "record, number, stamp, observed_at, deleted, traits, own, content, named"
EVENT_COLUMNS = "source, message_id, record, name, occurred_at, stamp, properties"
OBJECT_COLUMNS = "type, key, source, observed_at, stamp, deleted, properties"
ANSWER_COLUMNS = "record, name, stamp, said"
TAGGING_COLUMNS = "record, name, stamp, said"
CUSTOMER_COLUMNS = "id, counter, ended, successor, traits, left_out, consents, sources, tags"


def record_row(id_: str, record: SourceRecord) -> Row:
    """The row of a record's next edition, its key as text."""
    assignment, latest = record.assignment, record.latest
    return (
        id_,
        record.edition + 1,
        assignment.customer,
        *assignment.version,
        _text(assignment.former) if assignment.former else NONE,
        *(_revision_cells(latest) if latest else _NO_REVISION),
        _answers_text(record.answers),
        _text([_revision_cells(one) for one in record.others]) if record.others else NONE,
        record.present,
        _text(list(map(_tagging_cells, record.tags))) if record.tags else NONE,
        record.carried,
        judged_text(latest.judged) if latest else UNJUDGED,
    )


@from_rows
def read_record(row: Sequence[Any]) -> SourceRecord:
    """The record of a row."""
    id_, edition, customer, epoch, counter, former = row[:6]
    number, answers, others = row[6], row[14], row[15]
    return SourceRecord(
        _key(id_),
        edition,
        None if number is None else _read_revision(tuple(row[6:14]), read_judged(row[19])),
        Assignment(customer, Version(epoch, counter), _read_names(former)),
        {} if answers == NONE else _read_answers(answers),
        () if others == NONE else tuple(map(_read_revision, orjson.loads(others))),
        row[16],
        () if row[17] == NONE else tuple(map(_read_tagging, orjson.loads(row[17]))),
        row[18],
    )


@from_rows
def read_said(ones: Iterable[Row], parts: Iterable[Row]) -> Mapping[str, Sequence[Said]]:
    """What records say now, by customer.

    Of rows of customer, id and what tells who wins; and of those of which several revisions hold:
    customer, id, latest revision and others.
    """
    found: dict[str, list[Said]] = {}
    for customer, id_, number, stamp, observed_at, traits in ones:
        said = Said(id_, number, stamp, observed_at, read_values(traits))
        found.setdefault(customer, []).append(said)
    for row in parts:
        leading = (_read_revision(row[2:10]), *map(_read_revision, orjson.loads(row[10])))
        standing = [Said.of(_key(row[1]), part) for part in standing_parts(leading)]
        found.setdefault(row[0], []).extend(standing)
    return found


def archived_row(archived: Archived) -> Row:
    """The row of a superseded revision."""
    return (str(archived.record), *_revision_cells(archived.revision))


@from_rows
def read_archived(row: Row) -> Archived:
    """The superseded revision of a row."""
    return Archived(_key(row[0]), _read_revision(row[1:]))


def answer_row(given: Given) -> Row:
    """The row of an answer to a consent."""
    said = _text(_consent_cells(given.consent))
    return (str(given.record), given.name, given.consent.stamp, said)


@from_rows
def read_answer(row: Row) -> Given:
    """The answer of a row."""
    return Given(_key(row[0]), _read_consent(orjson.loads(row[3])))


def tagging_row(tagged: Tagged) -> Row:
    """The row of what was said of a tag."""
    record, tagging = tagged
    return (str(record), tagged.name, tagging.stamp, _text(_tagging_cells(tagging)))


@from_rows
def read_tagged(row: Row) -> Tagged:
    """What was said of a tag, of a row."""
    return Tagged(_key(row[0]), _read_tagging(orjson.loads(row[3])))


def event_row(event: Event) -> Row:
    """The row of an event."""
    return (
        event.record.source,
        event.message_id,
        str(event.record),
        event.name,
        event.occurred_at,
        event.stamp,
        _text(event.properties),
    )


@from_rows
def read_event(row: Row) -> Event:
    """The event of a row."""
    _, message_id, record, name, occurred_at, stamp, properties = row
    key = _key(record)
    return Event(key, message_id, name, occurred_at, stamp, read_values(properties))


def object_row(one: KnownObject) -> Row:
    """The row of an object."""
    text = _text(one.properties)
    return (*one.name, one.source, one.observed_at, one.stamp, int(one.deleted), text)


@from_rows
def read_object(row: Row) -> KnownObject:
    """The object of a row."""
    type_, key, source, observed_at, stamp, deleted, properties = row
    name = ObjectName(type_, key)
    return KnownObject(name, source, observed_at, stamp, bool(deleted), read_values(properties))


def customer_row(customer: Customer) -> Row:
    """The row of a customer."""
    return (
        customer.id,
        customer.counter,
        int(customer.ended),
        customer.successor,
        _text(customer.traits),
        _text(customer.left_out) if customer.left_out else NONE,
        _text(customer.consents) if customer.consents else NONE,
        _text(customer.sources),
        _text(customer.tags) if customer.tags else NONE,
    )


@from_rows
def read_customer(row: Row) -> Customer:
    """The customer of a row."""
    id_, counter, ended, successor, traits, left_out, consents, sources, tags = row
    values, names = read_values(traits), _read_names(left_out)
    states = {} if consents == NONE else orjson.loads(consents)
    facts = (states, _read_sources(sources), {} if tags == NONE else orjson.loads(tags))
    return Customer(id_, counter, values, bool(ended), successor, names, *facts)


def _revision_cells(revision: Revision) -> Row:
    return (
        revision.number,
        revision.stamp,
        revision.observed_at,
        int(revision.deleted),
        _text(revision.traits),
        int(revision.own),
        revision.content,
        None if revision.named is None else _text(revision.named),
    )


def _read_revision(cells: Row, judged: Judged | None = None) -> Revision:
    number, stamp, observed_at, deleted, traits, own, content, named = cells
    parts = None if named is None else _read_names(named)
    values = read_values(traits)
    told = (number, stamp, observed_at, bool(deleted), values, bool(own), content, parts)
    return Revision(*told, judged)


def _key(id_: str) -> RecordKey:
    return RecordKey(*id_.split("/", 1))


def _read_names(text: str) -> tuple[str, ...]:
    return () if text == NONE else tuple(orjson.loads(text))


# There are few sources, and they are read with every customer.
_read_sources = lru_cache(_SETS_OF_SOURCES)(_read_names)


def _answers_text(answers: Mapping[str, Answers]) -> str:
    if not answers:
        return NONE
    return _text({purpose: _answers_cells(held) for purpose, held in answers.items()})


def _answers_cells(answers: Answers) -> Row:
    *known, superseded = answers
    return (*(None if one is None else _consent_cells(one) for one in known), superseded)


def _consent_cells(consent: Consent) -> Row:
    c = consent
    said = (c.purpose, c.status, c.at, c.stamp, c.channel, c.claimed_at)
    return (
        said if c.terms == NO_TERMS and not c.supersedes else (*said, tuple(c.terms), c.supersedes)
    )


def _read_answers(text: str) -> Mapping[str, Answers]:
    return {purpose: _read_known(*cells) for purpose, cells in orjson.loads(text).items()}


def _read_known(*cells: Any) -> Answers:  # noqa: ANN401 - JSON
    *known, superseded = cells
    held = (None if one is None else _read_consent(one) for one in known)
    return Answers.of(held, superseded)


def _read_consent(cells: Sequence[Any]) -> Consent:
    if len(cells) == _PLAIN:
        return Consent(*cells)
    *said, terms, supersedes = cells
    consent = Consent(*said)
    return replace(consent, terms=ConsentTerms(*terms), supersedes=tuple(supersedes))


def _tagging_cells(one: Tagging) -> Row:
    said = (one.author, one.reason, one.message_id)
    return (one.tag, one.writer, one.value, one.stamp, one.expires_at, *said)


def _read_tagging(cells: Sequence[Any]) -> Tagging:
    return Tagging(*cells)


def read_values(text: str) -> dict[str, TraitValue]:
    """JSON back to trait values: its lists are tuples, its nulls were never values."""
    values: dict[str, Any] = orjson.loads(text)
    if "[" in text or "null" in text:
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if value is not None
        }
    return values


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
