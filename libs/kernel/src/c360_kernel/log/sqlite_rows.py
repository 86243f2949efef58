"""Entries of the embedded log as rows, read and written in few steps.

Each step of a statement lets another thread have the interpreter, and waits until it is given back:
while requests are answered, that costs more than all else of an append. So many entries go in by
one step, and the ends of all partitions are one row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from c360_kernel.log.entry import NewEntry, Partition, Position

_Row = tuple[object, ...]
_COLUMNS = 12
_SIZES = (64, 32, 16, 8, 4, 2, 1)
_END = "(SELECT max(off) FROM entry WHERE topic=? AND part=?)"
_KEPT = 64


def insert(connection: sqlite3.Connection, places: Sequence[tuple[Position, NewEntry]]) -> None:
    """Put entries where they belong, inside a transaction."""
    rows = [_row(position, entry) for position, entry in places]
    for piece in _pieces(rows):
        connection.execute(_insert(len(piece)), tuple(chain.from_iterable(piece)))


def last_offsets(
    connection: sqlite3.Connection, partitions: Collection[Partition]
) -> Mapping[Partition, int | None]:
    """The offset of the last entry of each; None of one that holds none."""
    if not partitions:
        return {}
    parameters = tuple(chain.from_iterable(partitions))
    (found,) = connection.execute(_ends(len(partitions)), parameters)
    return dict(zip(partitions, found, strict=True))


def _pieces(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """All rows, in pieces of few sizes: a statement is made for each size."""
    begin = 0
    for size in _SIZES:
        while len(rows) - begin >= size:
            yield rows[begin : begin + size]
            begin += size


@lru_cache(_KEPT)
def _insert(count: int) -> str:
    row = f"({','.join('?' * _COLUMNS)})"
    return f"INSERT INTO entry VALUES {','.join([row] * count)}"


@lru_cache(_KEPT)
def _ends(count: int) -> str:
    return f"SELECT {','.join([_END] * count)}"


def _row(position: Position, entry: NewEntry) -> _Row:
    return (
        *position,
        entry.key,
        entry.id,
        entry.type,
        entry.source,
        entry.subject,
        entry.time,
        entry.stamp,
        entry.data,
        entry.traceparent,
    )
