"""What was told of memberships, as the topic tells it.

It comes in the order of customers, and is asked for by segment: put into its place row by row, each
would write a page of its own. So what came last is kept as it came, and put into its place some
thousands at a time.

A read looks into what came last first. What is put into its place after that is found there once
more: the other way round it would be in neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version

from c360_segment.domain.told import Stretch, Told
from c360_segment.store.sqlite.values import among

_TOGETHER = 1 << 13
"""So many rows are put into their place at once; a read looks through as many."""
_COLUMNS = "segment, at, customer, epoch, counter, member, reads"
_INTO = f"INSERT INTO history_tail({_COLUMNS})"
_LENGTH = "SELECT coalesce(max(number) - min(number) + 1, 0) FROM history_tail"
_PUT = (
    f"INSERT INTO history SELECT {_COLUMNS} FROM history_tail WHERE true"
    " ORDER BY segment, at, customer, epoch, counter ON CONFLICT DO NOTHING"
)
_OF = f"SELECT DISTINCT {_COLUMNS} FROM {{}} WHERE segment=? AND at>=?"
_BEFORE = " AND (at, customer, epoch, counter) < (?,?,?,?)"
_NEWEST_FIRST = " ORDER BY at DESC, customer DESC, epoch DESC, counter DESC LIMIT ?"
_COLUMNS_OF_H = ", ".join(f"h.{column}" for column in _COLUMNS.split(", "))
_AT = (
    f"SELECT {_COLUMNS_OF_H} FROM json_each(?1) q CROSS JOIN history h ON h.customer=q.value"
    " WHERE h.at<=?2 AND NOT EXISTS (SELECT 1 FROM history n WHERE n.customer=h.customer"
    " AND n.segment=h.segment AND (n.epoch, n.counter) > (h.epoch, h.counter) AND n.at<=?2)"
)
_TAIL_AT = (
    f"SELECT {_COLUMNS} FROM history_tail WHERE at<=?2"
    " AND customer IN (SELECT value FROM json_each(?1))"
)


def keep_history(connection: sqlite3.Connection, told: Iterable[Told]) -> None:
    """Keep what was told; the same once more changes nothing."""
    rows = [
        (t.segment, t.at, t.customer, *t.version, int(t.member), " ".join(t.reads)) for t in told
    ]
    insert_rows(connection, _INTO, rows)
    if connection.execute(_LENGTH).fetchone()[0] >= _TOGETHER:
        connection.execute(_PUT)
        connection.execute("DELETE FROM history_tail")


def read_history(connection: sqlite3.Connection, segment: str, stretch: Stretch) -> Sequence[Told]:
    """A part of a segment's history, newest first."""
    before = stretch.before
    parameters = (segment, stretch.since, *(before or ()), stretch.limit)
    found: set[Told] = set()
    for table in ("history_tail", "history"):
        sql = f"{_OF.format(table)}{_BEFORE if before else ''}{_NEWEST_FIRST}"
        found.update(map(_read, connection.execute(sql, parameters).fetchall()))
    return sorted(found, key=lambda told: told.place, reverse=True)[: stretch.limit]


def read_segments_at(
    connection: sqlite3.Connection, customers: Sequence[str], at: int
) -> Sequence[Told]:
    """The newest that had been told by a moment, of each customer and segment."""
    newest: dict[tuple[str, str], Told] = {}
    for sql in (_TAIL_AT, _AT):
        for told in map(_read, connection.execute(sql, (among(customers), at)).fetchall()):
            held = newest.get((told.customer, told.segment))
            if held is None or told.version > held.version:
                newest[told.customer, told.segment] = told
    return [newest[pair] for pair in sorted(newest)]


def _read(row: Sequence[Any]) -> Told:
    segment, at, customer, epoch, counter, member, reads = row
    version = Version(epoch, counter)
    return Told(segment, at, customer, version, bool(member), tuple(reads.split()))
