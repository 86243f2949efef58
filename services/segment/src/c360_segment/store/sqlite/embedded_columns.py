"""Columns of events in the store itself."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

from c360_kernel.sqlite_reading import from_rows
from c360_kernel.sqlite_rows import insert_rows
from pyroaring import BitMap
from typing_extensions import override

from c360_segment.domain.performed import ALWAYS, Performed
from c360_segment.store.event_columns import EventColumns, EventRow
from c360_segment.store.sqlite.columns import (
    Written,
    column_of,
    read_column,
    read_records,
    read_times,
    times_of,
)
from c360_segment.store.sqlite.values import among, read_values

HERE = 0
"""The mark of what is in the store itself."""
_TIMES = ":at"
"""The name of the column that is no property's."""
_COLUMNS = (
    "SELECT part, name, numbers, records, others, {} FROM event_column"
    " WHERE event=? AND chunk=? AND name IN (SELECT value FROM json_each(?)) ORDER BY part"
)
_FORGET = "DELETE FROM event_column WHERE chunk IN (SELECT value FROM json_each(?))"
_Columns = Mapping[str, Sequence[bytes]]
_NO_COLUMN = column_of((), ())


class EmbeddedColumns(EventColumns):
    """Of a chunk two parts: of each record one event, and all further ones (`Often.add`)."""

    @override
    def claim(self, log: str) -> None:
        """The store says itself whose it is."""

    @override
    def is_there(self, mark: int) -> bool:
        return mark == HERE

    @override
    def put(self, connection: sqlite3.Connection, chunk: int, rows: Sequence[EventRow]) -> int:
        for event, group in groupby(rows, attrgetter("name")):
            for part, held in enumerate(_apart(group)):
                columns = [(event, chunk, part, name, *one) for name, one in _columns_of(held)]
                insert_rows(connection, "INSERT INTO event_column", columns)
        return HERE

    @override
    def forget(self, connection: sqlite3.Connection, chunks: Collection[int]) -> None:
        connection.execute(_FORGET, (among(chunks),))

    @override
    def records(
        self,
        connection: sqlite3.Connection,
        asked: Performed,
        marks: Mapping[int, int],
        enough: int,
    ) -> Iterator[array[int]]:
        is_of_one, names = _is_of_one(asked), {test.name for test in asked.where}
        sql = _COLUMNS.format("x''" if is_of_one else "places")
        wanted = among(names if is_of_one else {_TIMES, *names})
        for chunk in marks:
            rows = connection.execute(sql, (asked.event, chunk, wanted))
            for _, part in groupby(rows, itemgetter(0)):
                columns = {name: data for _, name, *data in part}
                yield _of_one(columns, asked) if is_of_one else _of_several(columns, asked)


EMBEDDED = EmbeddedColumns()


def _apart(rows: Iterable[EventRow]) -> tuple[list[EventRow], list[EventRow]]:
    """Those that are the first of their record, and the others."""
    first, again, seen = list[EventRow](), list[EventRow](), set[int]()
    for row in rows:
        (again if row.record in seen else first).append(row)
        seen.add(row.record)
    return first, again


def _columns_of(rows: Sequence[EventRow]) -> Iterator[tuple[str, Written]]:
    if not rows:
        return
    records = [row.record for row in rows]
    yield _TIMES, times_of([row.at for row in rows], records).written()
    properties = [read_values(row.properties) for row in rows]
    for name in dict.fromkeys(name for one in properties for name in one):
        yield name, column_of([one.get(name) for one in properties], records).written()


def _is_of_one(asked: Performed) -> bool:
    """Whether one column knows the records."""
    return asked.span == ALWAYS and len(asked.where) == 1 and not asked.where[0].holds({})


def _of_one(columns: _Columns, asked: Performed) -> array[int]:
    (test,) = asked.where
    return read_records(*columns[test.name]).records_meeting(test)


@from_rows
def _of_several(columns: _Columns, asked: Performed) -> array[int]:
    times = read_times(*columns[_TIMES])
    begin, end = times.within(asked.span)
    if not asked.where:
        return times.records[begin:end]
    places = BitMap(range(begin, end))
    for test in asked.where:
        data = columns.get(test.name)
        column = _NO_COLUMN if data is None else read_column(*data)
        places &= column.meeting(test, len(times.records))
    return array("I", map(times.records.__getitem__, places))
