"""Entries to test with."""

from __future__ import annotations

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import Payload, RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock, stamp_ms

clock = StampClock(node="0" * 12)


def new_entry(
    topic: str, key: str, payload: Payload, stamp: str | None = None, entry_id: str | None = None
) -> NewEntry:
    """An entry as a collector would append it."""
    given = clock.next() if stamp is None else stamp
    return NewEntry(
        topic=topic,
        key=key,
        id=entry_id or given,
        type=f"c360.{topic}.v1",
        source="c360/test",
        subject=key,
        time=stamp_ms(given),
        stamp=given,
        data=encode(payload),
    )


def record_entry(key: str, revision: int = 1) -> NewEntry:
    """An upsert of the record `crm/<key>`."""
    record = RecordKey("crm", key)
    return new_entry(RECORDS, str(record), RecordUpserted(record, revision, 1_000))
