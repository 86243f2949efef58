"""Members in roaring bitmaps, cut into chunks of 65,536 customer numbers.

A chunk is at most 8 KB and is written in the transaction that changes it, so a batch
writes little, a crash never parts a bitmap from what it was computed from, and a
reader, in this process or another, needs no cache that would have to be told.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from c360_kernel.sqlite_reading import from_rows
from pyroaring import BitMap, FrozenBitMap

_CHUNK_BITS = 16
_READ = (
    "SELECT segment, chunk, numbers FROM members WHERE chunk IN (SELECT value FROM json_each(?))"
)
_WRITE = "INSERT INTO members VALUES (?,?,?) ON CONFLICT DO UPDATE SET numbers=excluded.numbers"


class _Place(NamedTuple):
    segment: str
    chunk: int


def read_segment(connection: sqlite3.Connection, segment: str) -> FrozenBitMap:
    """All members of a segment."""
    rows = connection.execute("SELECT numbers FROM members WHERE segment=?", (segment,))
    chunks = [_read(numbers) for (numbers,) in rows]
    return FrozenBitMap().union(*chunks) if chunks else FrozenBitMap()


@from_rows
def _read(data: bytes) -> FrozenBitMap:
    return FrozenBitMap.deserialize(data)


class Chunks:
    """The chunks that one transaction (or one read) has looked at, and its changes to them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._held: dict[int, dict[str, BitMap]] = {}
        self._changed: set[_Place] = set()

    def load(self, numbers: Iterable[int]) -> None:
        """Read the chunks of these customers, of every segment."""
        missing = {number >> _CHUNK_BITS for number in numbers} - self._held.keys()
        if not missing:
            return
        self._held.update((chunk, {}) for chunk in missing)
        for segment, chunk, data in self._connection.execute(_READ, (json.dumps(list(missing)),)):
            self._held[chunk][segment] = BitMap(_read(data))

    def segments_of(self, number: int, among: Collection[str] | None = None) -> frozenset[str]:
        """The segments a customer of a loaded chunk is in, of these or of all."""
        held = self._held[number >> _CHUNK_BITS]
        asked = held if among is None else held.keys() & among
        return frozenset([segment for segment in asked if number in held[segment]])

    def put(self, segment: str, number: int) -> None:
        """Let a customer of a loaded chunk enter."""
        self._of(segment, number).add(number)

    def drop(self, segment: str, number: int) -> None:
        """Let a customer of a loaded chunk leave."""
        self._of(segment, number).discard(number)

    def write(self) -> None:
        """Write what changed; an empty chunk is removed."""
        for place in self._changed:
            held = self._held[place.chunk][place.segment]
            if held:
                self._connection.execute(_WRITE, (*place, held.serialize()))
            else:
                sql = "DELETE FROM members WHERE segment=? AND chunk=?"
                self._connection.execute(sql, place)
        self._changed.clear()

    def _of(self, segment: str, number: int) -> BitMap:
        chunk = number >> _CHUNK_BITS
        self._changed.add(_Place(segment, chunk))
        return self._held[chunk].setdefault(segment, BitMap())
