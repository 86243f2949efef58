"""Events are put into columns, some thousands at a time.

Events are numbered as they come. When all of a chunk of numbers are there they are put into
columns, which go with the first of these events that is replaced.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

from c360_segment.domain.state import EventName
from c360_segment.store.event_columns import EventColumns, EventRow
from c360_segment.store.sqlite.values import among

CHUNK = 1 << 15
"""Numbers of events of a chunk."""
STEP = 1 << 12
"""Of so many that came, at most one chunk is put into columns."""
_TOP = "SELECT coalesce(max(number), 0) FROM event"
_HELD = (
    "SELECT DISTINCT e.number / ?2 FROM json_each(?1) q CROSS JOIN event e"
    " ON e.source=q.value ->> 0 AND e.message_id=q.value ->> 1"
)
_FORGET = "DELETE FROM event_chunk WHERE chunk IN (SELECT value FROM json_each(?))"
_ROWS = (
    "SELECT name, record, at, properties FROM event WHERE number>=? AND number<? ORDER BY name, at"
)
_NEWEST = "SELECT coalesce(max(stamp), '') FROM event WHERE number>=? AND number<?"
_KEEP = "INSERT INTO event_chunk VALUES (?,?,?)"


class Kept(NamedTuple):
    """A chunk that is in columns: the newest stamp of it, and its mark there."""

    newest: str
    mark: int


def span_of(chunk: int) -> tuple[int, int]:
    """The numbers of the events in a chunk: from the first to before the second."""
    return chunk * CHUNK, (chunk + 1) * CHUNK


def top_of(connection: sqlite3.Connection) -> int:
    """The last number that was given to an event; 0 before any."""
    return connection.execute(_TOP).fetchone()[0]


def kept_chunks(connection: sqlite3.Connection, columns: EventColumns) -> dict[int, Kept]:
    """The chunks that can be read in columns."""
    rows = connection.execute("SELECT chunk, newest, mark FROM event_chunk ORDER BY chunk")
    return {chunk: Kept(*kept) for chunk, *kept in rows if columns.is_there(kept[1])}


def forget_columns(
    connection: sqlite3.Connection, columns: EventColumns, names: Collection[EventName]
) -> None:
    """Of chunks that hold one of these events already."""
    rows = connection.execute(_HELD, (among(names), CHUNK)).fetchall()
    _forget(connection, columns, [chunk for (chunk,) in rows])


def keep_columns(connection: sqlite3.Connection, columns: EventColumns, before: int) -> None:
    """Put a chunk whose events are all there into columns, once in a while; `before` is the top
    before these came."""
    top = top_of(connection)
    if top // STEP != before // STEP:
        kept = kept_chunks(connection, columns)
        missing = (chunk for chunk in range((top + 1) // CHUNK) if chunk not in kept)
        chunk = next(missing, None)
        if chunk is not None:
            put_into_columns(connection, columns, chunk)


def put_into_columns(connection: sqlite3.Connection, columns: EventColumns, chunk: int) -> None:
    """Put the events of a chunk into columns, unless these cannot take them now."""
    rows = [EventRow(*row) for row in connection.execute(_ROWS, span_of(chunk))]
    _forget(connection, columns, [chunk])
    mark = columns.put(connection, chunk, rows)
    if mark is not None:
        (newest,) = connection.execute(_NEWEST, span_of(chunk)).fetchone()
        connection.execute(_KEEP, (chunk, newest, mark))


def _forget(connection: sqlite3.Connection, columns: EventColumns, chunks: Collection[int]) -> None:
    if chunks:
        columns.forget(connection, chunks)
        connection.execute(_FORGET, (among(chunks),))
