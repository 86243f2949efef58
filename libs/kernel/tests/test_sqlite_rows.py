"""Many rows go into a table whole, by few statements."""

from __future__ import annotations

import sqlite3

from c360_kernel.sqlite_rows import insert_rows
from hypothesis import given
from hypothesis import strategies as st


def opened() -> tuple[sqlite3.Connection, list[str]]:
    connection, statements = sqlite3.connect(":memory:", isolation_level=None), list[str]()
    connection.execute("CREATE TABLE place(number INTEGER PRIMARY KEY, name, data)")
    connection.set_trace_callback(statements.append)
    return connection, statements


@given(count=st.integers(0, 400), others=st.sets(st.integers(0, 400), max_size=5))
def test_all_rows_are_there_and_what_was_there_stays(count: int, others: set[int]) -> None:
    connection, statements = opened()
    insert_rows(connection, "INSERT INTO place", [(n, "first", None) for n in others])
    statements.clear()
    rows = [(n, f"n{n}", bytes([n % 256])) for n in range(count)]
    insert_rows(connection, "INSERT OR IGNORE INTO place", rows)
    assert len(statements) <= count // 64 + 6
    held = {n: row for n, *row in connection.execute("SELECT * FROM place")}
    assert held == {
        **{n: row for n, *row in rows},
        **{n: ["first", None] for n in others},
    }
