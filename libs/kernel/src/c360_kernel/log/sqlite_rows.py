"""Entries of the embedded log as rows, and the ends of its partitions, in few steps."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from c360_kernel.log.entry import Entry, NewEntry, Partition, Position
from c360_kernel.sqlite import damaged
from c360_kernel.sqlite_rows import insert_rows

_END = "(SELECT max(off) FROM entry WHERE topic=? AND part=?)"
_KEPT = 64
_TYPES = (str, int, int, str, str, str, str, str, int, str, bytes, str)


def insert(connection: sqlite3.Connection, places: Sequence[tuple[Position, NewEntry]]) -> None:
    """Put entries where they belong, inside a transaction."""
    insert_rows(connection, "INSERT INTO entry", [_row(*place) for place in places])


def read_entry(row: Sequence[Any]) -> Entry:
    """The entry of a row. Raises `Unusable` (STORE_DAMAGED) where it is none."""
    if tuple(map(type, row)) != _TYPES:
        raise damaged(None)
    return Entry(*row)


def last_offsets(
    connection: sqlite3.Connection, partitions: Collection[Partition]
) -> Mapping[Partition, int | None]:
    """The offset of the last entry of each; None of one that holds none."""
    if not partitions:
        return {}
    parameters = tuple(chain.from_iterable(partitions))
    (found,) = connection.execute(_ends(len(partitions)), parameters)
    return dict(zip(partitions, found, strict=True))


@lru_cache(_KEPT)
def _ends(count: int) -> str:
    return f"SELECT {','.join([_END] * count)}"


def _row(position: Position, entry: NewEntry) -> tuple[object, ...]:
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
