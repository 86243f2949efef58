"""Between domain objects and rows of the SQLite adapter: JSON text for what is not searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.version import Version

from c360_profile.domain.assignment import Assignment
from c360_profile.domain.consent import Consent
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.port import Archived

Row = tuple[Any, ...]
_NONE = "[]"

RECORD_COLUMNS = (
    "id, edition, customer, epoch, counter, former,"
    " number, stamp, observed_at, deleted, traits, consents"
)
REVISION_COLUMNS = "record, number, stamp, observed_at, deleted, traits"
EVENT_COLUMNS = "source, message_id, record, name, occurred_at, stamp, properties"
CUSTOMER_COLUMNS = "id, counter, ended, successor, traits"


def record_row(record: SourceRecord) -> Row:
    """The row of a record's next edition."""
    assignment, latest = record.assignment, record.latest
    return (
        str(record.key),
        record.edition + 1,
        assignment.customer,
        *assignment.version,
        _text(assignment.former) if assignment.former else _NONE,
        *(_revision_cells(latest) if latest else (None, None, None, 0, None)),
        _consents_text(record.consents),
    )


def read_record(row: Row) -> SourceRecord:
    """The record of a row."""
    id_, edition, customer, epoch, counter, former = row[:6]
    number, consents = row[6], row[11]
    return SourceRecord(
        _key(id_),
        edition,
        None if number is None else _read_revision(row[6:11]),
        Assignment(customer, Version(epoch, counter), _read_former(former)),
        {} if consents == _NONE else _read_consents(consents),
    )


def archived_row(archived: Archived) -> Row:
    """The row of a superseded revision."""
    return (str(archived.record), *_revision_cells(archived.revision))


def read_archived(row: Row) -> Archived:
    """The superseded revision of a row."""
    return Archived(_key(row[0]), _read_revision(row[1:]))


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


def read_event(row: Row) -> Event:
    """The event of a row."""
    _, message_id, record, name, occurred_at, stamp, properties = row
    key = _key(record)
    return Event(key, message_id, name, occurred_at, stamp, _read_values(properties))


def customer_row(customer: Customer) -> Row:
    """The row of a customer."""
    return (
        customer.id,
        customer.counter,
        int(customer.ended),
        customer.successor,
        _text(customer.traits),
    )


def read_customer(row: Row) -> Customer:
    """The customer of a row."""
    id_, counter, ended, successor, traits = row
    return Customer(id_, counter, _read_values(traits), bool(ended), successor)


def _revision_cells(revision: Revision) -> Row:
    return (
        revision.number,
        revision.stamp,
        revision.observed_at,
        int(revision.deleted),
        _text(revision.traits),
    )


def _read_revision(cells: Row) -> Revision:
    number, stamp, observed_at, deleted, traits = cells
    return Revision(number, stamp, observed_at, bool(deleted), _read_values(traits))


def _key(id_: str) -> RecordKey:
    return RecordKey(*id_.split("/", 1))


def _read_former(text: str) -> tuple[str, ...]:
    return () if text == _NONE else tuple(orjson.loads(text))


def _consents_text(consents: Mapping[str, Consent]) -> str:
    if not consents:
        return _NONE
    return _text([(c.purpose, c.status, c.at, c.stamp, c.channel) for c in consents.values()])


def _read_consents(text: str) -> Mapping[str, Consent]:
    return {cells[0]: Consent(*cells) for cells in orjson.loads(text)}


def _read_values(text: str) -> dict[str, TraitValue]:
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
