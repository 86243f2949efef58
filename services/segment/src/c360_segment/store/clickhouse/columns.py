"""Columns of events on a server."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress

import orjson
from c360_kernel.errors import Misaddressed, SettingsError, Transient
from c360_kernel.sqlite import damaged
from typing_extensions import override

from c360_segment.domain.performed import Performed
from c360_segment.store.clickhouse.conditions import sql_of, text
from c360_segment.store.clickhouse.owner import take
from c360_segment.store.clickhouse.server import ClickhouseServer
from c360_segment.store.event_columns import EventColumns, EventRow
from c360_segment.store.sqlite.embedded_columns import EMBEDDED, HERE

_MARK_BITS = 62
_WAIT_S = 5
"""So long the events that come may wait for a server that takes a chunk."""
_TABLES = (
    """
CREATE TABLE IF NOT EXISTS event(
  name LowCardinality(String), record UInt32, at Int64, properties String,
  chunk UInt32, mark UInt64, put DateTime DEFAULT now())
ENGINE = MergeTree PARTITION BY intDiv(chunk, 256) ORDER BY (name, at)
""",
    "CREATE TABLE IF NOT EXISTS whole(mark UInt64) ENGINE = MergeTree ORDER BY mark",
)
_PUT = "INSERT INTO event(name, record, at, properties, chunk, mark) FORMAT JSONCompactEachRow"
_OUTLIVED = (
    "SELECT DISTINCT mark FROM event WHERE chunk = {0} AND put < (SELECT max(put) FROM event"
    " WHERE chunk = {0} AND put < now() - INTERVAL 1 HOUR) FORMAT TabSeparated"
)
"""What others took the place of an hour ago. Until then somebody may read it, or may again: the
transaction that put the others may have come to nothing."""
_FORGET = "DELETE FROM {} WHERE mark IN ({})"
_WHOLE = "INSERT INTO whole VALUES ({})"
_HOW_MANY = "SELECT uniqExact(mark) FROM whole WHERE mark IN ({}) FORMAT TabSeparated"
_RECORDS = (
    "SELECT record, toUInt32(least(count(), {})) FROM event WHERE {} GROUP BY record"
    " FORMAT RowBinary"
)
_MOST = (1 << 32) - 1

_log = logging.getLogger(__name__)


class ClickhouseColumns(EventColumns):
    """One store's; another needs a database of its own, for records are numbered by each, and each
    removes the chunks that its own took the place of. Nothing is put before it is claimed.

    What is in columns of the store itself is read there. A server that does not take a chunk keeps
    nobody waiting: its events are read from their rows until it does.
    """

    def __init__(self, server: ClickhouseServer, replica: str = "") -> None:
        self._server = server
        self._replica = replica
        self._log = ""

    @override
    def claim(self, log: str) -> None:
        self._log = log
        try:
            self._take()
        except Misaddressed:
            raise
        except Transient as error:
            _log.warning("%s: whose the history is will be asked later", error.code)

    def _take(self) -> None:
        take(self._server, self._log, self._replica, _WAIT_S)

    @override
    def is_there(self, mark: int) -> bool:
        return True

    @override
    def put(
        self, connection: sqlite3.Connection, chunk: int, rows: Sequence[EventRow]
    ) -> int | None:
        if not self._log:
            return None
        # The transaction may come to nothing: then nobody knows this mark.
        mark = 1 + secrets.randbits(_MARK_BITS)
        data = b"\n".join(orjson.dumps((*row, chunk, mark)) for row in rows)
        try:
            self._put(chunk, data, mark)
        except (Transient, SettingsError) as error:
            _log.warning("%s: events stay in rows, and are tried again later", error.code)
            return None
        return mark

    def _put(self, chunk: int, data: bytes, mark: int) -> None:
        # The server may have been away at the start, and the database changed hands since.
        self._take()
        self._make_tables()
        outlived = self._server.ask(_OUTLIVED.format(chunk), seconds=_WAIT_S).decode().split()
        # First that they are whole, so that a store of before, put back, misses them.
        for table in ("whole", "event") if outlived else ():
            self._server.ask(_FORGET.format(table, ",".join(outlived)), seconds=_WAIT_S)
        self._server.ask(_PUT, data, seconds=_WAIT_S)
        self._server.ask(_WHOLE.format(mark), seconds=_WAIT_S)

    def _make_tables(self) -> None:
        for table in _TABLES:
            self._server.ask(table, seconds=_WAIT_S)

    @override
    def forget(self, connection: sqlite3.Connection, chunks: Collection[int]) -> None:
        EMBEDDED.forget(connection, chunks)

    @override
    def records(
        self,
        connection: sqlite3.Connection,
        asked: Performed,
        marks: Mapping[int, int],
        enough: int,
    ) -> Iterator[array[int]]:
        here = {chunk: mark for chunk, mark in marks.items() if mark == HERE}
        yield from EMBEDDED.records(connection, asked, here, enough)
        there = [mark for mark in marks.values() if mark != HERE]
        if there:
            yield from self._there(asked, ",".join(map(str, there)), len(there), enough)

    def _there(self, asked: Performed, marks: str, count: int, enough: int) -> Iterator[array[int]]:
        """Raises `Unusable` (STORE_DAMAGED) where the server lost chunks: the store that is made
        anew puts them there again."""
        # A server that lost its tables, too, lost chunks, and is not one that refuses its database.
        self._make_tables()
        if int(self._server.ask(_HOW_MANY.format(marks))) != count:
            raise damaged(None)
        where = _where(asked, marks)
        found = array("I", self._server.ask(_RECORDS.format(min(enough, _MOST), where)))
        yield from as_often(found[::2], found[1::2])


def _where(asked: Performed, marks: str) -> str:
    since, until = asked.span
    parts = [f"name = {text(asked.event)}", f"mark IN ({marks})"]
    parts += [] if since is None else [f"at >= {since}"]
    parts += [] if until is None else [f"at < {until}"]
    return " AND ".join([*parts, *(sql_of(test) for test in asked.where)])


def as_often(records: array[int], times: array[int]) -> Iterator[array[int]]:
    """All of them, then those that come twice, and so on."""
    level = 1
    while records:
        yield records
        more = [often > level for often in times]
        records, times = (array("I", compress(one, more)) for one in (records, times))
        level += 1
