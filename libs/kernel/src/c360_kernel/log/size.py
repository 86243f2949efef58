"""How large an entry may be: the same for every log, so that none refuses what another took."""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import NewEntry

MAX_ENTRY_BYTES = 1_000_000
"""Below the 1 MiB that Kafka's brokers take unless told otherwise."""
POLL_BYTES = 8_000_000
"""How many bytes of data are polled at a time, or a little more: whoever handles entries reads each
into many times its size.
"""
_MOST_BYTES = 4
"""Of a character of text."""
_FRAME_BYTES = 512
"""The most that a log adds to what an entry says: names of attributes, the time, lengths."""


def size_of(entry: NewEntry) -> int:
    """How many bytes of a log the entry takes, at most."""
    texts = (entry.key, entry.id, entry.type, entry.source)
    texts += (entry.subject, entry.stamp, entry.traceparent)
    return len(entry.data) + len("".join(texts).encode(errors="replace")) + _FRAME_BYTES


def fits(entry: NewEntry) -> bool:
    """Whether every log takes it."""
    characters = len(entry.key) + len(entry.id) + len(entry.type) + len(entry.source)
    characters += len(entry.subject) + len(entry.stamp) + len(entry.traceparent)
    # Most are so small that nobody need write them out to see it.
    if len(entry.data) + _MOST_BYTES * characters + _FRAME_BYTES <= MAX_ENTRY_BYTES:
        return True
    return size_of(entry) <= MAX_ENTRY_BYTES


def fitting(entry: NewEntry) -> NewEntry:
    """The entry itself; raises `Invalid` (ENTRY_TOO_LARGE) for one that no log takes."""
    if not fits(entry):
        raise _too_large()
    return entry


def refuse_too_large(entries: Iterable[NewEntry]) -> None:
    """Raise `Invalid` (ENTRY_TOO_LARGE) if one of these is larger than an entry may be."""
    for entry in entries:
        if not fits(entry):
            raise _too_large()


def _too_large() -> Invalid:
    return Invalid("the entry is too large for the log", code="ENTRY_TOO_LARGE")
