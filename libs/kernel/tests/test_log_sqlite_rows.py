"""Entries go into the embedded log by few statements, and each to its own place."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from c360_kernel.log.entry import NewEntry, Partition, Position
from c360_kernel.log.sqlite import _SCHEMA
from c360_kernel.log.sqlite_rows import insert, last_offsets
from hypothesis import given
from hypothesis import strategies as st

COLUMNS = "topic, part, off, key, id, type, source, subject, time, stamp, data, traceparent"


def made(number: int) -> NewEntry:
    return NewEntry(
        topic="t",
        key=f"k{number}",
        id=f"i{number}",
        type="y",
        source="s",
        subject="u",
        time=number,
        stamp=f"{number:028x}",
        data=bytes([number % 256]) * (number % 5),
        traceparent="p" * (number % 2),
    )


def opened() -> tuple[sqlite3.Connection, list[str]]:
    connection, statements = sqlite3.connect(":memory:", isolation_level=None), list[str]()
    connection.executescript(_SCHEMA)
    connection.set_trace_callback(statements.append)
    return connection, statements


def entries_of(connection: sqlite3.Connection) -> Sequence[tuple[Position, NewEntry]]:
    rows = connection.execute(f"SELECT {COLUMNS} FROM entry ORDER BY part, off")
    return [(Position(*row[:3]), NewEntry(row[0], *row[3:])) for row in rows]


@given(sizes=st.lists(st.integers(0, 200), max_size=4))
def test_any_number_of_entries_goes_in_whole(sizes: list[int]) -> None:
    connection, _ = opened()
    places = [
        (Position("t", part, offset), made(1_000 * part + offset))
        for part, size in enumerate(sizes)
        for offset in range(size)
    ]
    insert(connection, places)
    assert entries_of(connection) == places
    wanted = [Partition("t", part) for part in range(len(sizes) + 1)]
    assert last_offsets(connection, wanted) == {
        one: size - 1 if size else None for one, size in zip(wanted, [*sizes, 0], strict=True)
    }


def test_a_batch_takes_few_statements() -> None:
    connection, statements = opened()
    insert(connection, [(Position("t", 0, n), made(n)) for n in range(500)])
    assert len(statements) <= 500 // 64 + 6
    statements.clear()
    last_offsets(connection, [Partition(topic, part) for topic in "tuv" for part in range(3)])
    assert len(statements) == 1


def test_nothing_is_asked_about_nothing() -> None:
    connection, statements = opened()
    insert(connection, [])
    assert last_offsets(connection, []) == {}
    assert statements == []
