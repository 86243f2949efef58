"""The outbox of a SQLite projection, and a memory of what was put in last.

Nearly all of it is relayed by the store that wrote it, right after: which entries wait is read
from the file, and what they say only where this store does not know it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import orjson

from c360_kernel.log.entry import NewEntry
from c360_kernel.projection.port import Outgoing
from c360_kernel.sqlite_rows import insert_rows

OUTBOX_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL,
  id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL,
  time INTEGER NOT NULL, stamp TEXT NOT NULL, data BLOB NOT NULL,
  traceparent TEXT NOT NULL) STRICT;
"""
_COLUMNS = "topic,key,id,type,source,subject,time,stamp,data,traceparent"
_PUT = f"INSERT INTO outbox({_COLUMNS})"
_WAITING = "SELECT seq FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
_AMONG = "seq IN (SELECT value FROM json_each(?))"
_READ = f"SELECT seq,{_COLUMNS} FROM outbox WHERE {_AMONG}"
_TOLD = f"DELETE FROM outbox WHERE {_AMONG}"
_MOST_BYTES = 32_000_000
"""Of payloads are remembered; a rebuild lets everything wait."""

Written = Mapping[int, NewEntry]
"""Entries by their sequence numbers."""


def put(connection: sqlite3.Connection, entries: Sequence[NewEntry]) -> Written:
    """Let these wait, in order, in a transaction. What comes of it holds once that is committed."""
    if not entries:
        return {}
    insert_rows(connection, _PUT, list(map(_row, entries)))
    ((last,),) = connection.execute("SELECT last_insert_rowid()")
    # Nobody else writes meanwhile, and numbers are given one after the other.
    return dict(enumerate(entries, last - len(entries) + 1))


def drop(connection: sqlite3.Connection, sequences: Sequence[int]) -> None:
    """These need not wait any more."""
    connection.execute(_TOLD, [orjson.dumps(list(sequences)).decode()])


class Remembered:
    """The entries that one store put in last, until they are relayed."""

    def __init__(self, most_bytes: int | None = None) -> None:
        self._most_bytes = _MOST_BYTES if most_bytes is None else most_bytes
        self._held: dict[int, NewEntry] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """How many they are."""
        return len(self._held)

    def keep(self, written: Written) -> None:
        """These are committed."""
        self._held.update(written)
        self._bytes += sum([len(one.data) for one in written.values()])
        if self._bytes > self._most_bytes:
            self.clear()

    def forget(self, sequences: Sequence[int]) -> None:
        """These are relayed."""
        for sequence in sequences:
            gone = self._held.pop(sequence, None)
            self._bytes -= len(gone.data) if gone is not None else 0

    def clear(self) -> None:
        """Remember nothing."""
        self._held.clear()
        self._bytes = 0

    def outgoing(
        self, connection: sqlite3.Connection, after: int, limit: int
    ) -> Iterator[Outgoing]:
        """The first entries that wait after a sequence number, in order."""
        waiting = [seq for (seq,) in connection.execute(_WAITING, (after, limit))]
        unknown = [seq for seq in waiting if seq not in self._held]
        read = _read(connection, unknown) if unknown else {}
        for sequence in waiting:
            entry = self._held.get(sequence) or read.get(sequence)
            # Somebody else may have relayed it between the two.
            if entry is not None:
                yield Outgoing(sequence, entry)


def _read(connection: sqlite3.Connection, sequences: Sequence[int]) -> Written:
    rows = connection.execute(_READ, [orjson.dumps(sequences).decode()])
    return {row[0]: NewEntry(*row[1:]) for row in rows}


def _row(entry: NewEntry) -> tuple[object, ...]:
    e = entry
    named = (e.topic, e.key, e.id, e.type, e.source, e.subject)
    return (*named, e.time, e.stamp, e.data, e.traceparent)
