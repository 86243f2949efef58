"""Who did something, so often: all events of a name at once.

What is in columns is read from them; the newest events, and those of a chunk of which one was
replaced, row by row.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from c360_kernel.sqlite import one_view
from c360_kernel.sqlite_reading import from_rows
from pyroaring import BitMap, FrozenBitMap

from c360_segment.domain.performed import Performed
from c360_segment.store.event_columns import EventColumns
from c360_segment.store.sqlite.keeping import CHUNK, kept_chunks, span_of, top_of
from c360_segment.store.sqlite.often import Often
from c360_segment.store.sqlite.owners import read_owners
from c360_segment.store.sqlite.values import among, read_values

_ONE_BY_ONE = (
    "SELECT e.record, e.at, e.properties FROM event e WHERE e.number>=? AND e.number<? AND e.name=?"
)
_LATER = (
    "SELECT DISTINCT r.customer FROM event e JOIN record r ON r.number=e.record"
    " WHERE e.number>=? AND e.number<? AND e.stamp>=? AND r.customer IS NOT NULL"
    " AND e.name IN (SELECT value FROM json_each(?))"
)
_AT_ONCE = 1 << 12
_FEW = 32


def read_performing(
    connection: sqlite3.Connection, columns: EventColumns, asked: Performed, least: int
) -> FrozenBitMap:
    """The numbers of customers, live or not, that have at least so many of these events."""
    with one_view(connection):
        records, owners = _records(connection, columns, asked, least), read_owners(connection)
        found = (_by_levels if least <= _FEW else _one_after_another)(records, owners, least)
    return FrozenBitMap(found - BitMap([0]))


def read_later(
    connection: sqlite3.Connection, columns: EventColumns, names: Collection[str], stamp: str
) -> FrozenBitMap:
    """The numbers of customers with an event of these names of this stamp or a later one."""
    with one_view(connection):
        kept, top = kept_chunks(connection, columns), top_of(connection)
        older = {chunk for chunk, one in kept.items() if one.newest < stamp}
        spans = [span_of(chunk) for chunk in range(top // CHUNK + 1) if chunk not in older]
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


def _records(
    connection: sqlite3.Connection, columns: EventColumns, asked: Performed, enough: int
) -> Iterator[array[int]]:
    """The record of each of these events, some at a time."""
    kept, top = kept_chunks(connection, columns), top_of(connection)
    marks = {chunk: one.mark for chunk, one in kept.items()}
    yield from columns.records(connection, asked, marks, enough)
    for chunk in range(top // CHUNK + 1):
        if chunk not in kept:
            yield array("I", _one_by_one(connection, asked, span_of(chunk)))


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
