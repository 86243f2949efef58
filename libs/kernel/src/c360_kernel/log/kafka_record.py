"""An entry as a Kafka record: CloudEvents 1.0 binary mode, the stamp as an extension attribute.

The record's own timestamp is the broker's and means nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from c360_kernel.log.entry import Entry, NewEntry, Partition
from c360_kernel.log.topics import topic_named

Headers = list[tuple[str, bytes]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIXED: Headers = [("ce_specversion", b"1.0")]


class Record(Protocol):
    """What we read of a record that the client fetched."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def headers_of(entry: NewEntry) -> Headers:
    """The attributes of an entry."""
    headers = [
        *_FIXED,
        ("content-type", topic_named(entry.topic).content_type.encode()),
        ("ce_id", entry.id.encode()),
        ("ce_type", entry.type.encode()),
        ("ce_source", entry.source.encode()),
        ("ce_subject", entry.subject.encode()),
        ("ce_time", _rfc3339(entry.time).encode()),
        ("ce_stamp", entry.stamp.encode()),
    ]
    if entry.traceparent:
        headers.append(("traceparent", entry.traceparent.encode()))
    return headers


def entry_of(record: Record, partition: Partition) -> Entry:
    """The entry that a record holds.

    Attributes that are missing or unreadable come out empty: whether to take
    such an entry is the handler's question, and the partition must go on.
    """
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    return Entry(
        topic=partition.topic,
        partition=partition.number,
        offset=record.offset,
        key=(record.key or b"").decode(errors="replace"),
        id=headers.get("ce_id", ""),
        type=headers.get("ce_type", ""),
        source=headers.get("ce_source", ""),
        subject=headers.get("ce_subject", ""),
        time=_milliseconds(headers.get("ce_time", "")),
        stamp=headers.get("ce_stamp", ""),
        data=record.value or b"",
        traceparent=headers.get("traceparent", ""),
    )


def _rfc3339(milliseconds: int) -> str:
    at = _EPOCH + milliseconds * _MILLISECOND
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(text: str) -> int:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    except (ValueError, TypeError):
        return 0
