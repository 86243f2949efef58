"""Who did something, so often: all events of a name at once.

What is in columns is read from them; the newest events, and those of a chunk of which one was
replaced, row by row.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter

from c360_kernel.sqlite import one_view
from c360_kernel.sqlite_reading import from_rows
from pyroaring import BitMap, FrozenBitMap

from c360_segment.domain.performed import ALWAYS, Performed
from c360_segment.store.sqlite.columns import column_of, read_column, read_records, read_times
from c360_segment.store.sqlite.keeping import CHUNK, TIMES, kept_chunks, span_of, top_of
from c360_segment.store.sqlite.often import Often
from c360_segment.store.sqlite.owners import read_owners
from c360_segment.store.sqlite.values import among, read_values

_COLUMNS = (
    "SELECT part, name, numbers, records, others, {} FROM event_column"
    " WHERE event=? AND chunk=? AND name IN (SELECT value FROM json_each(?)) ORDER BY part"
)
_ONE_BY_ONE = (
    "SELECT e.record, e.at, e.properties FROM event e WHERE e.number>=? AND e.number<? AND e.name=?"
)
_LATER = (
    "SELECT DISTINCT r.customer FROM event e JOIN record r ON r.number=e.record"
    " WHERE e.number>=? AND e.number<? AND e.stamp>=? AND r.customer IS NOT NULL"
    " AND e.name IN (SELECT value FROM json_each(?))"
)
_Columns = Mapping[str, Sequence[bytes]]
_AT_ONCE = 1 << 12
_FEW = 32
_NO_COLUMN = column_of((), ())


def read_performing(connection: sqlite3.Connection, asked: Performed, least: int) -> FrozenBitMap:
    """The numbers of customers, live or not, that have at least so many of these events."""
    with one_view(connection):
        records, owners = _records(connection, asked), read_owners(connection)
        found = (_by_levels if least <= _FEW else _one_after_another)(records, owners, least)
    return FrozenBitMap(found - BitMap([0]))


def read_later(connection: sqlite3.Connection, names: Collection[str], stamp: str) -> FrozenBitMap:
    """The numbers of customers with an event of these names of this stamp or a later one."""
    with one_view(connection):
        kept, top = kept_chunks(connection), top_of(connection)
        spans = [span_of(c) for c in range(top // CHUNK + 1) if kept.get(c, stamp) >= stamp]
        found = [
            number
            for span in spans
            for (number,) in connection.execute(_LATER, (*span, stamp, among(names)))
        ]
    return FrozenBitMap(found)


def _by_levels(records: Iterable[array[int]], owners: array[int], least: int) -> BitMap:
    seen, customers = Often(least), Often(least)
    for some in records:
        seen.add(some)
    for some in _owned(seen.levels, owners):
        customers.add(some)
    return customers.enough


@from_rows
def _one_after_another(records: Iterable[array[int]], owners: array[int], least: int) -> BitMap:
    """The time of levels grows with the square of what is asked of who has very many."""
    seen: Counter[int] = Counter()
    for some in records:
        seen.update(map(owners.__getitem__, some))
    return BitMap([customer for customer, often in seen.items() if often >= least])


def _records(connection: sqlite3.Connection, asked: Performed) -> Iterator[array[int]]:
    """The record of each of these events, some at a time."""
    kept, top = kept_chunks(connection), top_of(connection)
    is_of_one, names = _is_of_one(asked), {test.name for test in asked.where}
    sql = _COLUMNS.format("x''" if is_of_one else "places")
    wanted = among(names if is_of_one else {TIMES, *names})
    for chunk in kept:
        rows = connection.execute(sql, (asked.event, chunk, wanted))
        for _, part in groupby(rows, itemgetter(0)):
            columns = {name: data for _, name, *data in part}
            yield _of_one(columns, asked) if is_of_one else _of_several(columns, asked)
    for chunk in range(top // CHUNK + 1):
        if chunk not in kept:
            yield array("I", _one_by_one(connection, asked, span_of(chunk)))


def _is_of_one(asked: Performed) -> bool:
    """Whether one column knows the records."""
    return asked.span == ALWAYS and len(asked.where) == 1 and not asked.where[0].holds({})


def _of_one(columns: _Columns, asked: Performed) -> array[int]:
    (test,) = asked.where
    return read_records(*columns[test.name]).records_meeting(test)


@from_rows
def _of_several(columns: _Columns, asked: Performed) -> array[int]:
    times = read_times(*columns[TIMES])
    begin, end = times.within(asked.span)
    if not asked.where:
        return times.records[begin:end]
    places = BitMap(range(begin, end))
    for test in asked.where:
        data = columns.get(test.name)
        column = _NO_COLUMN if data is None else read_column(*data)
        places &= column.meeting(test, len(times.records))
    return array("I", map(times.records.__getitem__, places))


def _one_by_one(
    connection: sqlite3.Connection, asked: Performed, span: tuple[int, int]
) -> Iterator[int]:
    since, until = asked.span
    for record, at, text in connection.execute(_ONE_BY_ONE, (*span, asked.event)):
        if (since is None or at >= since) and (until is None or at < until):
            properties = read_values(text) if asked.where else {}
            if all(test.holds(properties) for test in asked.where):
                yield record


def _owned(levels: Iterable[BitMap], owners: array[int]) -> Iterator[array[int]]:
    """The customers of records that are in one level after another, some at a time; 0 of nobody's.

    Some at a time, so that a customer of several records is seldom twice among them.
    """
    for level in levels:
        customers = map(owners.__getitem__, level)
        while some := _some(customers):
            yield some


@from_rows
def _some(numbers: Iterator[int]) -> array[int]:
    return array("I", islice(numbers, _AT_ONCE))
