"""Who did something, so often: all events of a name at once.

Events are numbered as they come. When all of a chunk of numbers are there they are put into
columns, which go with the first of these events that is replaced; those of such a chunk, and the
newest, are read row by row until they are (again).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from c360_kernel.sqlite import one_view
from c360_kernel.sqlite_reading import from_rows
from c360_kernel.sqlite_rows import insert_rows
from pyroaring import BitMap, FrozenBitMap

from c360_segment.domain.performed import Performed
from c360_segment.domain.state import EventName
from c360_segment.store.sqlite.columns import (
    Column,
    column_of,
    read_column,
    read_numbers,
    write_numbers,
)
from c360_segment.store.sqlite.values import among, read_list, read_values

CHUNK = 1 << 15
"""Numbers of events of a chunk."""
_STEP = 1 << 12
"""Of so many that came, at most one chunk is put into columns."""
_AT, _RECORDS = ":at", ":records"
"""Names of columns that are no property's."""
_TOP = "SELECT coalesce(max(number), 0) FROM event"
_HELD = (
    "SELECT DISTINCT e.number / ?2 FROM json_each(?1) q CROSS JOIN event e"
    " ON e.source=q.value ->> 0 AND e.message_id=q.value ->> 1"
)
_FORGET = "DELETE FROM {} WHERE chunk IN (SELECT value FROM json_each(?))"
_ROWS = "SELECT name, record, at, properties FROM event WHERE number>=? AND number<? ORDER BY name"
_NEWEST = "SELECT coalesce(max(stamp), '') FROM event WHERE number>=? AND number<?"
_COLUMNS = (
    "SELECT name, places, numbers, others FROM event_column"
    " WHERE event=? AND chunk=? AND name IN (SELECT value FROM json_each(?))"
)
_OWNERS = "SELECT json_group_array(number), json_group_array(coalesce(customer, 0)) FROM record"
_ONE_BY_ONE = (
    "SELECT r.customer, e.at, e.properties FROM event e JOIN record r ON r.number=e.record"
    " WHERE e.number>=? AND e.number<? AND e.name=? AND r.customer IS NOT NULL"
)
_LATER = (
    "SELECT DISTINCT r.customer FROM event e JOIN record r ON r.number=e.record"
    " WHERE e.number>=? AND e.number<? AND e.stamp>=? AND r.customer IS NOT NULL"
    " AND e.name IN (SELECT value FROM json_each(?))"
)


def forget_columns(connection: sqlite3.Connection, names: Collection[EventName]) -> None:
    """Of chunks that hold one of these events already."""
    chunks = among(c for (c,) in connection.execute(_HELD, (among(names), CHUNK)).fetchall())
    for table in ("event_column", "event_chunk"):
        connection.execute(_FORGET.format(table), (chunks,))


def top_of(connection: sqlite3.Connection) -> int:
    """The last number that was given to an event; 0 before any."""
    return connection.execute(_TOP).fetchone()[0]


def keep_columns(connection: sqlite3.Connection, before: int) -> None:
    """Put a chunk whose events are all there into columns, once in a while; `before` is the top
    before these came."""
    top = top_of(connection)
    if top // _STEP != before // _STEP:
        built = _built(connection)
        missing = (chunk for chunk in range((top + 1) // CHUNK) if chunk not in built)
        chunk = next(missing, None)
        if chunk is not None:
            put_into_columns(connection, chunk)


def put_into_columns(connection: sqlite3.Connection, chunk: int) -> None:
    """Put the events of a chunk into columns."""
    span = chunk * CHUNK, (chunk + 1) * CHUNK
    rows = connection.execute(_ROWS, span)
    for event, group in groupby(rows, itemgetter(0)):
        held = list(group)
        records = [(event, chunk, _RECORDS, write_numbers([row[1] for row in held]), b"", b"[]")]
        columns = [(event, chunk, name, *one.written()) for name, one in _columns_of(held)]
        insert_rows(connection, "INSERT INTO event_column", [*records, *columns])
    (newest,) = connection.execute(_NEWEST, span).fetchone()
    connection.execute("INSERT INTO event_chunk VALUES (?,?)", (chunk, newest))


def read_performing(connection: sqlite3.Connection, asked: Performed, least: int) -> FrozenBitMap:
    """The numbers of customers, live or not, that have at least so many of these events."""
    with one_view(connection):
        owners = _owners(connection)
        if least == 1:
            found = BitMap()
            for customers in _customers(connection, asked, owners):
                found |= BitMap(array("I", customers))
        else:
            seen: Counter[int] = Counter()
            for customers in _customers(connection, asked, owners):
                seen.update(customers)
            found = BitMap([customer for customer, times in seen.items() if times >= least])
    return FrozenBitMap(found - BitMap([0]))


def read_later(connection: sqlite3.Connection, names: Collection[str], stamp: str) -> FrozenBitMap:
    """The numbers of customers with an event of these names of this stamp or a later one."""
    with one_view(connection):
        built, top = _built(connection), top_of(connection)
        chunks = [c for c in range(top // CHUNK + 1) if built.get(c, stamp) >= stamp]
        found = [
            number
            for span in _spans(chunks)
            for (number,) in connection.execute(_LATER, (*span, stamp, among(names)))
        ]
    return FrozenBitMap(found)


def _customers(
    connection: sqlite3.Connection, asked: Performed, owners: array[int]
) -> Iterator[Iterable[int]]:
    """The customer of each of these events, some at a time; 0 of nobody's."""
    built, top = _built(connection), top_of(connection)
    names = among({_AT, _RECORDS, *(test.name for test in asked.where)})
    for chunk in built:
        columns = {
            name: data for name, *data in connection.execute(_COLUMNS, (asked.event, chunk, names))
        }
        if columns:
            records, at, held = _read_chunk(columns)
            yield _owners_of(records, _places(asked, at, held, len(records)), owners)
    open_ones = [chunk for chunk in range(top // CHUNK + 1) if chunk not in built]
    for span in _spans(open_ones):
        yield _one_by_one(connection, asked, span)


@from_rows
def _read_chunk(
    columns: Mapping[str, Sequence[bytes]],
) -> tuple[array[int], Column, Mapping[str, Column]]:
    """The records of its events, when these happened, and their properties."""
    held = {name: read_column(*data) for name, data in columns.items() if name != _RECORDS}
    return read_numbers(columns[_RECORDS][0]), held[_AT], held


def _places(asked: Performed, at: Column, properties: Mapping[str, Column], count: int) -> BitMap:
    found = at.within(asked.span)
    for test in asked.where:
        found &= properties.get(test.name, _NO_COLUMN).meeting(test, count)
    return found


@from_rows
def _owners_of(records: array[int], places: BitMap, owners: array[int]) -> array[int]:
    return array("I", map(owners.__getitem__, map(records.__getitem__, places)))


def _one_by_one(
    connection: sqlite3.Connection, asked: Performed, span: tuple[int, int]
) -> Iterator[int]:
    since, until = asked.span
    for customer, at, text in connection.execute(_ONE_BY_ONE, (*span, asked.event)):
        if (since is None or at >= since) and (until is None or at < until):
            properties = read_values(text) if asked.where else {}
            if all(test.holds(properties) for test in asked.where):
                yield customer


_NO_COLUMN = column_of(())


def _columns_of(rows: Sequence[tuple[str, int, int, str]]) -> Iterator[tuple[str, Column]]:
    yield _AT, column_of([at for _, _, at, _ in rows])
    properties = [read_values(text) for *_, text in rows]
    for name in dict.fromkeys(name for one in properties for name in one):
        yield name, column_of([one.get(name) for one in properties])


def _built(connection: sqlite3.Connection) -> dict[int, str]:
    """The chunks that are in columns, and the newest stamp of each."""
    sql = "SELECT chunk, newest FROM event_chunk ORDER BY chunk"
    return dict(connection.execute(sql).fetchall())


def _owners(connection: sqlite3.Connection) -> array[int]:
    """The customer of each record by its number, 0 of none. As two texts, which is much faster than
    as many rows."""
    return _by_record(*map(read_list, connection.execute(_OWNERS).fetchone()))


@from_rows
def _by_record(numbers: list[int], customers: list[int]) -> array[int]:
    if numbers == list(range(1, len(numbers) + 1)):
        return array("I", [0, *customers])
    owners = array("I", bytes(4 * (max(numbers, default=0) + 1)))
    for number, customer in zip(numbers, customers, strict=True):
        owners[number] = customer
    return owners


def _spans(chunks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The numbers of events in these chunks."""
    return ((chunk * CHUNK, (chunk + 1) * CHUNK) for chunk in chunks)
