"""Dead letters: entries that no handler could take, and those that the log itself never takes."""

from __future__ import annotations

from dataclasses import replace

from c360_kernel.codec import encode
from c360_kernel.log.entry import Entry, NewEntry, Partition, entry_at
from c360_kernel.log.size import fits
from c360_kernel.log.topics import DEAD_LETTERS
from c360_kernel.payload import MAX_PAYLOAD_BYTES, EntryDeadLettered
from c360_kernel.projection.port import Outgoing


def dead_letter_entry(entry: Entry, group: str, code: str) -> NewEntry:
    """The dead letter that keeps an entry no handler of `group` could take.

    One of a log that took larger entries keeps what it is about, and the log the rest.
    """
    data = entry.data if len(entry.data) <= MAX_PAYLOAD_BYTES else b""
    payload = EntryDeadLettered(
        group, entry.topic, entry.partition, entry.offset, entry.id, code, entry.time, data
    )
    return NewEntry(
        topic=DEAD_LETTERS,
        key=entry.key,
        id=f"{DEAD_LETTERS}:{group}:{entry.topic}:{entry.partition}:{entry.offset}",
        type="c360.entry.dead-lettered.v1",
        source=f"c360/{group}",
        subject=entry.subject,
        time=entry.time,
        stamp=entry.stamp,
        data=encode(payload),
        traceparent=entry.traceparent,
    )


def unsent_letter(out: Outgoing, group: str, code: str) -> NewEntry:
    """The dead letter of an entry that never reached the log; its offset is its outbox number."""
    entry = entry_at(out.entry, Partition(out.entry.topic, 0), out.sequence)
    name = f"{DEAD_LETTERS}:{group}:outbox:{entry.id}"
    letter = replace(dead_letter_entry(entry, group, code), id=name)
    if fits(letter):
        return letter
    return replace(dead_letter_entry(replace(entry, data=b""), group, code), id=name)
