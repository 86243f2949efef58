"""What stands at a place of the topic, as the leaf of a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from c360_audit.domain.merkle.hashing import leaf_hash

ABSENT = leaf_hash(b"c360: nothing stands here")
"""The leaf of a place whose entry the log held no more when the tree reached it."""


class Place(NamedTuple):
    """Where an entry stands: the partition of the topic, and the offset in it, from 0."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry where it stands.

    `head` are its attributes as one line of JSON, `[id, key, type, source, subject, time, stamp,
    traceparent]`; `data` is its payload. The leaf is the head, a newline and the payload. Whoever
    finds only what is left of an entry has None for the payload.
    """

    place: Place
    entry_id: str
    head: str
    data: bytes | None

    @property
    def leaf(self) -> bytes:
        """The very bytes that its leaf is hashed from."""
        return self.head.encode() + b"\n" + (self.data or b"")

    @property
    def leaf_hash(self) -> bytes:
        """The hash that its tree holds."""
        return leaf_hash(self.leaf)
