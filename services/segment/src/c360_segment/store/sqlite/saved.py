"""Segments that people made: every version, and a mark that tells that some changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from c360_kernel.sqlite import store_errors
from c360_kernel.sqlite_reading import noticed
from c360_kernel.sqlite_rows import insert_rows
from typing_extensions import override

from c360_segment.domain.live import SavedSegments
from c360_segment.domain.saved import SavedSegment

_COLUMNS = "name, version, stamp, at, title, description, condition, note, author, archived"
_FIRST = (
    "ON CONFLICT DO UPDATE SET stamp=excluded.stamp, at=excluded.at, title=excluded.title,"
    " description=excluded.description, condition=excluded.condition, note=excluded.note,"
    " author=excluded.author, archived=excluded.archived WHERE excluded.stamp < stamp"
)
_NEWEST = (
    f"SELECT {_COLUMNS} FROM saved s WHERE version="
    "(SELECT max(version) FROM saved WHERE name=s.name) ORDER BY name"
)
_VERSIONS = f"SELECT {_COLUMNS} FROM saved WHERE name=? ORDER BY version DESC"
_ALL = "SELECT name, version, stamp FROM saved ORDER BY name, version"
_MARK = "SELECT value FROM meta WHERE name='saved'"
_PUT_MARK = "INSERT INTO meta VALUES ('saved',?) ON CONFLICT DO UPDATE SET value=excluded.value"


class SqliteSavedSegments(SavedSegments):
    """Reads them over a connection, in a unit of work and out of one."""

    connection: sqlite3.Connection

    def reading(self) -> AbstractContextManager[None]:
        """Around a read."""
        return store_errors()

    @override
    @noticed
    async def saved_mark(self) -> str:
        row = self.connection.execute(_MARK).fetchone()
        return "" if row is None else row[0]

    @override
    @noticed
    async def saved(self) -> Sequence[SavedSegment]:
        return [_read(row) for row in self.connection.execute(_NEWEST).fetchall()]

    @override
    @noticed
    async def saved_versions(self, name: str) -> Sequence[SavedSegment]:
        return [_read(row) for row in self.connection.execute(_VERSIONS, (name,)).fetchall()]


def save_segments(connection: sqlite3.Connection, saved: Iterable[SavedSegment]) -> None:
    """Keep versions; of one that is there already the smaller stamp."""
    rows = [
        (s.name, s.version, s.stamp, s.at, s.title, s.description, s.condition, s.note, s.author,
         int(s.archived))
        for s in saved
    ]  # fmt: skip
    insert_rows(connection, "INSERT INTO saved", rows, _FIRST)
    text = json.dumps(connection.execute(_ALL).fetchall())
    connection.execute(_PUT_MARK, (hashlib.sha256(text.encode()).hexdigest(),))


def _read(row: Sequence[Any]) -> SavedSegment:
    *others, archived = row
    return SavedSegment(*others, archived=bool(archived))
