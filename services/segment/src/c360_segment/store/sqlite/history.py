"""What was told of memberships, as the topic tells it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version

from c360_segment.domain.told import Stretch, Told
from c360_segment.store.sqlite.values import among

_COLUMNS = "h.segment, h.at, h.customer, h.epoch, h.counter, h.member, h.reads"
_ALL = f"SELECT {_COLUMNS} FROM history h WHERE h.segment=? AND h.at>=?"
_BEFORE = " AND (h.at, h.customer, h.epoch, h.counter) < (?,?,?,?)"
_NEWEST_FIRST = " ORDER BY h.at DESC, h.customer DESC, h.epoch DESC, h.counter DESC LIMIT ?"
_AT = (
    f"SELECT {_COLUMNS} FROM json_each(?1) q CROSS JOIN history h ON h.customer=q.value"
    " WHERE h.at<=?2 AND NOT EXISTS (SELECT 1 FROM history n WHERE n.customer=h.customer"
    " AND n.segment=h.segment AND (n.epoch, n.counter) > (h.epoch, h.counter) AND n.at<=?2)"
    " ORDER BY h.customer, h.segment"
)


def keep_history(connection: sqlite3.Connection, told: Iterable[Told]) -> None:
    """Keep what was told; the same once more changes nothing."""
    rows = [
        (t.segment, t.at, t.customer, *t.version, int(t.member), " ".join(t.reads)) for t in told
    ]
    insert_rows(connection, "INSERT INTO history", rows, "ON CONFLICT DO NOTHING")


def read_history(connection: sqlite3.Connection, segment: str, stretch: Stretch) -> Sequence[Told]:
    """A part of a segment's history, newest first."""
    before = stretch.before
    sql = f"{_ALL}{_BEFORE if before else ''}{_NEWEST_FIRST}"
    parameters = (segment, stretch.since, *(before or ()), stretch.limit)
    return [_read(row) for row in connection.execute(sql, parameters).fetchall()]


def read_segments_at(
    connection: sqlite3.Connection, customers: Sequence[str], at: int
) -> Sequence[Told]:
    """The newest that had been told by a moment, of each customer and segment."""
    return [_read(row) for row in connection.execute(_AT, (among(customers), at)).fetchall()]


def _read(row: Sequence[Any]) -> Told:
    segment, at, customer, epoch, counter, member, reads = row
    version = Version(epoch, counter)
    return Told(segment, at, customer, version, bool(member), tuple(reads.split()))
