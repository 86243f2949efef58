"""Events are put into columns, some thousands at a time.

Events are numbered as they come. When all of a chunk of numbers are there they are put into
columns, which go with the first of these events that is replaced.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from c360_kernel.sqlite_rows import insert_rows

from c360_segment.domain.state import EventName
from c360_segment.store.sqlite.columns import Written, column_of, times_of
from c360_segment.store.sqlite.values import among, read_values

CHUNK = 1 << 15
"""Numbers of events of a chunk."""
STEP = 1 << 12
"""Of so many that came, at most one chunk is put into columns."""
TIMES = ":at"
"""The name of the column that is no property's."""
FIRST, AGAIN = 0, 1
"""The parts of a chunk: of each record one event, and all its others."""
_TOP = "SELECT coalesce(max(number), 0) FROM event"
_HELD = (
    "SELECT DISTINCT e.number / ?2 FROM json_each(?1) q CROSS JOIN event e"
    " ON e.source=q.value ->> 0 AND e.message_id=q.value ->> 1"
)
_FORGET = "DELETE FROM {} WHERE chunk IN (SELECT value FROM json_each(?))"
_ROWS = (
    "SELECT name, record, at, properties FROM event WHERE number>=? AND number<? ORDER BY name, at"
)
_NEWEST = "SELECT coalesce(max(stamp), '') FROM event WHERE number>=? AND number<?"
_Row = tuple[str, int, int, str]


def span_of(chunk: int) -> tuple[int, int]:
    """The numbers of the events in a chunk: from the first to before the second."""
    return chunk * CHUNK, (chunk + 1) * CHUNK


def top_of(connection: sqlite3.Connection) -> int:
    """The last number that was given to an event; 0 before any."""
    return connection.execute(_TOP).fetchone()[0]


def kept_chunks(connection: sqlite3.Connection) -> dict[int, str]:
    """The chunks that are in columns, and the newest stamp of each."""
    sql = "SELECT chunk, newest FROM event_chunk ORDER BY chunk"
    return dict(connection.execute(sql).fetchall())


def forget_columns(connection: sqlite3.Connection, names: Collection[EventName]) -> None:
    """Of chunks that hold one of these events already."""
    chunks = among(c for (c,) in connection.execute(_HELD, (among(names), CHUNK)).fetchall())
    for table in ("event_column", "event_chunk"):
        connection.execute(_FORGET.format(table), (chunks,))


def keep_columns(connection: sqlite3.Connection, before: int) -> None:
    """Put a chunk whose events are all there into columns, once in a while; `before` is the top
    before these came."""
    top = top_of(connection)
    if top // STEP != before // STEP:
        kept = kept_chunks(connection)
        missing = (chunk for chunk in range((top + 1) // CHUNK) if chunk not in kept)
        chunk = next(missing, None)
        if chunk is not None:
            put_into_columns(connection, chunk)


def put_into_columns(connection: sqlite3.Connection, chunk: int) -> None:
    """Put the events of a chunk into columns."""
    rows = connection.execute(_ROWS, span_of(chunk))
    for event, group in groupby(rows, itemgetter(0)):
        for part, held in enumerate(_apart(group)):
            columns = [(event, chunk, part, name, *one) for name, one in _columns_of(held)]
            insert_rows(connection, "INSERT INTO event_column", columns)
    (newest,) = connection.execute(_NEWEST, span_of(chunk)).fetchone()
    connection.execute("INSERT INTO event_chunk VALUES (?,?)", (chunk, newest))


def _apart(rows: Iterator[_Row]) -> tuple[list[_Row], list[_Row]]:
    """Those that are the first of their record, and the others."""
    first, again, seen = list[_Row](), list[_Row](), set[int]()
    for row in rows:
        (again if row[1] in seen else first).append(row)
        seen.add(row[1])
    return first, again


def _columns_of(rows: Sequence[_Row]) -> Iterator[tuple[str, Written]]:
    if not rows:
        return
    records = [record for _, record, *_ in rows]
    yield TIMES, times_of([at for _, _, at, _ in rows], records).written()
    properties = [read_values(text) for *_, text in rows]
    for name in dict.fromkeys(name for one in properties for name in one):
        yield name, column_of([one.get(name) for one in properties], records).written()
