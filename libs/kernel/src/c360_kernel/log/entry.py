"""Entries of the log and the topics that hold them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from c360_kernel.value_object import value_object


class Partition(NamedTuple):
    """One ordered part of a topic."""

    topic: str
    number: int


class Position(NamedTuple):
    """Where an entry stands: the offset within its partition, from 0."""

    topic: str
    partition: int
    offset: int

    @property
    def topic_partition(self) -> Partition:
        """The ordered part that it is in."""
        return Partition(self.topic, self.partition)


Positions = Mapping[Partition, int]
"""The next offset to handle, per partition."""


@value_object
class NewEntry:
    """An entry to append. Attributes are CloudEvents 1.0 (binary mode) plus the stamp.

    `key` chooses the partition and orders entries; `id` names the entry for
    ever, so that an entry appended twice can be recognised; `time` is
    milliseconds UTC; `data` is the Protobuf payload of the topic.
    """

    topic: str
    key: str
    id: str
    type: str
    source: str
    subject: str
    time: int
    stamp: str
    data: bytes
    traceparent: str = ""


@value_object
class Entry:
    """An entry as it was read back, with the place where it stands."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    type: str
    source: str
    subject: str
    time: int
    stamp: str
    data: bytes
    traceparent: str = ""

    @property
    def topic_partition(self) -> Partition:
        """The ordered part of its topic that it stands in."""
        return Partition(self.topic, self.partition)


def partition_of(key: str, count: int) -> int:
    """The partition of a key: CRC-32 of its UTF-8 modulo the count, equal in every adapter."""
    return zlib.crc32(key.encode()) % count


class Span(NamedTuple):
    """The offsets of the first and the last entry of a partition in a batch."""

    first: int
    last: int


class Batch(tuple[Entry, ...]):
    """Entries that are handled together. Where they are is found once, for all who ask."""

    @cached_property
    def spans(self) -> Mapping[Partition, Span]:
        """As `spans_of`."""
        return _spans(self)


def spans_of(entries: Iterable[Entry]) -> Mapping[Partition, Span]:
    """Where the entries of a batch are."""
    return entries.spans if isinstance(entries, Batch) else _spans(entries)


def _spans(entries: Iterable[Entry]) -> dict[Partition, Span]:
    found: dict[tuple[str, int], list[int]] = {}
    for entry in entries:
        # Plain tuples: a batch has hundreds of entries, and few partitions.
        here, offset = (entry.topic, entry.partition), entry.offset
        span = found.get(here)
        if span is None:
            found[here] = [offset, offset]
        elif offset > span[1]:
            span[1] = offset
        elif offset < span[0]:
            span[0] = offset
    return {Partition(*here): Span(first, last) for here, (first, last) in found.items()}


def entry_at(entry: NewEntry, partition: Partition, offset: int) -> Entry:
    """The entry as it is read back from this place."""
    return Entry(
        topic=entry.topic,
        partition=partition.number,
        offset=offset,
        key=entry.key,
        id=entry.id,
        type=entry.type,
        source=entry.source,
        subject=entry.subject,
        time=entry.time,
        stamp=entry.stamp,
        data=entry.data,
        traceparent=entry.traceparent,
    )


def to_append_again(entry: Entry) -> NewEntry:
    """The entry without its place, to be appended to another log."""
    return NewEntry(
        topic=entry.topic,
        key=entry.key,
        id=entry.id,
        type=entry.type,
        source=entry.source,
        subject=entry.subject,
        time=entry.time,
        stamp=entry.stamp,
        data=entry.data,
        traceparent=entry.traceparent,
    )
