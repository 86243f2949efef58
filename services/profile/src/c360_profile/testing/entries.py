"""Stamped entries of every topic that the profile service consumes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import CONSENTS, EVENTS, IDENTITIES, OBJECTS, RECORDS, TAGS
from c360_kernel.payload import (
    ConsentRecorded,
    ConsentStatus,
    EventTracked,
    ObjectUpserted,
    Payload,
    RecordAssigned,
    RecordTagged,
    RecordUpserted,
    TagChange,
)
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.record_parts import identifiers_part, trait_part
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

_NO_VALUES: Mapping[str, TraitValue] = {}


def stamp(number: int) -> str:
    """The stamp of the given number, at that many milliseconds."""
    return f"{number:012x}{0:04x}{0:012x}"


def upserted(
    record: RecordKey,
    traits: Mapping[str, TraitValue] = _NO_VALUES,
    *,
    at: int,
    revision: int = 1,
    observed_at: int | None = None,
    deleted: bool = False,
    own: bool = True,
    removed: Collection[str] | None = None,
    identifiers: Sequence[tuple[str, str]] = (),
) -> Entry:
    """A record's revision, stamped `at`, observed then unless told; with `removed`, a patch."""
    observed = at if observed_at is None else observed_at
    carried = tuple(Identifier(*one) for one in identifiers)
    parts = {*map(trait_part, {*traits, *(removed or ())})}
    parts |= {identifiers_part(one.type) for one in carried}
    named = None if removed is None else tuple(sorted(parts))
    payload = RecordUpserted(record, revision, observed, deleted, carried, traits, own, named)
    return _entry(RECORDS, record, payload, at)


def tracked(
    record: RecordKey,
    message_id: str,
    *,
    at: int,
    name: str = "order_completed",
    occurred_at: int | None = None,
    properties: Mapping[str, TraitValue] = _NO_VALUES,
) -> Entry:
    """An event, stamped `at`, occurred then unless told."""
    occurred = at if occurred_at is None else occurred_at
    payload = EventTracked(record, message_id, name, occurred, (), properties)
    return _entry(EVENTS, record, payload, at)


def consented(
    record: RecordKey,
    purpose: str,
    status: ConsentStatus,
    *,
    at: int,
    stamped: int | None = None,
    claimed_at: int = 0,
) -> Entry:
    """An answer given `at`, stamped then unless told."""
    payload = ConsentRecorded(record, purpose, status, at, "form", claimed_at)
    return _entry(CONSENTS, record, payload, at if stamped is None else stamped)


def tagged(
    record: RecordKey, *changes: TagChange, at: int, writer: str = "eve", message_id: str = ""
) -> Entry:
    """What a writer says of tags, stamped `at`."""
    payload = RecordTagged(record, writer, changes, writer, "why", message_id)
    return _entry(TAGS, record, payload, at)


def observed(
    type_: str,
    key: str,
    properties: Mapping[str, TraitValue] = _NO_VALUES,
    *,
    at: int,
    observed_at: int | None = None,
    deleted: bool = False,
) -> Entry:
    """What a source says of an object, stamped `at`, observed then unless told."""
    record = RecordKey("crm", key)
    when = at if observed_at is None else observed_at
    return _entry(OBJECTS, record, ObjectUpserted(record, type_, when, deleted, properties), at)


def assigned(
    record: RecordKey, customer: str, *, at: int, counter: int = 1, left: str = ""
) -> Entry:
    """An assignment of a version, stamped `at`."""
    payload = RecordAssigned(record, customer, Version(0, counter), left)
    return _entry(IDENTITIES, record, payload, at)


def _entry(topic: str, record: RecordKey, payload: Payload, at: int) -> Entry:
    new = new_entry(topic, str(record), payload, stamp(at))
    return entry_at(new, Partition(topic, 0), 0)
