"""Blocks in the SQLite file of identity: rows that came lately lie apart until they are put away.

Blocks are hashes. The thousands that a batch enters belong to as many pages of all that is kept,
and each of those would be written anew for a row or two. So rows are young at first, on few pages;
with each batch a sweep goes a little further round all numbers, and puts away what it comes to,
many rows a page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import orjson
from c360_kernel.sqlite_rows import insert_rows

_ROWS = "key INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY(key, record)"
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS block({_ROWS}) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS young_block({_ROWS}) WITHOUT ROWID, STRICT
"""
# A block without end is not read to its end, and one that nobody is in is looked up once a table.
_HELD = (
    "SELECT record FROM young_block WHERE key = q.value"
    " UNION ALL SELECT record FROM block WHERE key = q.value LIMIT ?2"
)
_MEMBERS = f"SELECT q.value, (SELECT group_concat(record) FROM ({_HELD})) FROM json_each(?1) q"
_ENTER = "INSERT OR IGNORE INTO young_block"
_LEAVE = "DELETE FROM {} WHERE key=? AND record=?"
_SWEPT = "SELECT CAST(value AS INTEGER) FROM meta WHERE name='blocks swept to'"
_SWEEP = (
    "INSERT INTO meta VALUES ('blocks swept to', ?) ON CONFLICT DO UPDATE SET value=excluded.value"
)
_KEEP = "INSERT OR IGNORE INTO block SELECT key, record FROM young_block WHERE key BETWEEN ? AND ?"
_FORGET = "DELETE FROM young_block WHERE key BETWEEN ? AND ?"
_FIRST, _LAST = -(1 << 63), (1 << 63) - 1
_STEP = 1 << 46
"""For each row that comes the sweep goes so far: once round while a quarter of a million come."""

Row = tuple[int, int]
"""A block, and the number of a record that is in it."""


class SqliteBlocks:
    """Who is in which block, on one SQLite connection, in a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def members(self, blocks: Collection[int], most: int) -> dict[int, list[int]]:
        """Who is in those of these blocks that hold anybody; of each `most` at most."""
        # In the order in which they are stored they lie near each other.
        asked = orjson.dumps(sorted(blocks)).decode()
        rows = self._connection.execute(_MEMBERS, (asked, most)).fetchall()
        return {block: list(map(int, held.split(","))) for block, held in rows if held}

    def change(self, left: Iterable[Row], entered: Iterable[Row]) -> None:
        """These rows are gone, and those have come."""
        gone, new = sorted(left), sorted(entered)
        for table in ("young_block", "block"):
            self._connection.executemany(_LEAVE.format(table), gone)
        insert_rows(self._connection, _ENTER, new)
        if new:
            self._put_away(len(new) * _STEP)

    def _put_away(self, span: int) -> None:
        swept = self._connection.execute(_SWEPT).fetchone()
        begin = swept[0] if swept else _FIRST
        end = min(begin + span, _LAST)
        self._connection.execute(_KEEP, (begin, end))
        self._connection.execute(_FORGET, (begin, end))
        self._connection.execute(_SWEEP, (str(_FIRST if end == _LAST else end + 1),))
