"""The format number of a database file, and whether its tables are those of that format.

The number is SQLite's `user_version`. Files made before there were numbers have 0; they are
taken as format 1 when their tables fit. A change to what is stored raises the number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from c360_kernel.errors import Unusable
from c360_kernel.sqlite import create, writing

_UNNUMBERED = 0
_FIRST = 1
Shape = dict[str, tuple[str, ...]]
"""The columns of each table, in order."""


def adopt(
    connection: sqlite3.Connection, schema: str, number: int, readable: Collection[int] = ()
) -> None:
    """Make the tables of an empty file, or check those that are there.

    A file of a format in `readable` has the same tables or lacks some, which are made, and is of
    format `number` from now on.
    Raises `Unusable` (STORE_FORMAT) for a file of another format, or whose tables differ.
    """
    found = _number_of(connection)
    held = _FIRST if found == _UNNUMBERED and _shape(connection) else found
    if held not in (number, _UNNUMBERED, *readable):
        raise Unusable(f"format {found}, this version reads {number}", code="STORE_FORMAT")
    create(connection, schema)
    _check_shape(connection, schema)
    if found != number:
        with writing(connection):
            connection.execute(f"PRAGMA user_version={int(number)}")


def holds_rows(path: Path, table: str) -> bool:
    """Whether a file has anything in a table; one that is damaged is taken to have."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def _number_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check_shape(connection: sqlite3.Connection, schema: str) -> None:
    model = sqlite3.connect(":memory:")
    try:
        model.executescript(schema)
        expected = _shape(model)
    finally:
        model.close()
    found = _shape(connection)
    other = sorted(name for name, columns in expected.items() if found.get(name) != columns)
    if other:
        raise Unusable(f"other columns in {', '.join(other)}", code="STORE_FORMAT")


def _shape(connection: sqlite3.Connection) -> Shape:
    sql = (
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type='table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"
    )
    shape: Shape = {}
    for table, column in connection.execute(sql):
        shape[table] = (*shape.get(table, ()), column)
    return shape
