"""What is counted of the quality of data: a row for each record, and few for all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

import orjson
from c360_kernel.sqlite_rows import insert_rows

from c360_profile.store.quality import Counted, Recount, counted_anew

COUNTING_SCHEMA = """
CREATE TABLE IF NOT EXISTS counted(name TEXT PRIMARY KEY, said TEXT NOT NULL)
  WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS cell(name TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID, STRICT;
"""
_SAY = "ON CONFLICT DO UPDATE SET said=excluded.said"


async def recount(connection: sqlite3.Connection, wanted: Recount) -> Counted:
    """Count anew, in a transaction."""

    async def cells(names: Collection[str]) -> Mapping[str, str]:
        return texts(connection, "cell", names)

    before = texts(connection, "counted", wanted.counting.names)
    done = await counted_anew(wanted, before, cells)
    _write(connection, "counted", done.counted)
    _write(connection, "cell", done.cells)
    return done


def texts(connection: sqlite3.Connection, table: str, names: Collection[str]) -> dict[str, str]:
    """The rows of these names."""
    sql = f"SELECT name, said FROM {table} WHERE name IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(sql, [orjson.dumps(list(names)).decode()]))


def _write(connection: sqlite3.Connection, table: str, said: Mapping[str, str]) -> None:
    rows = sorted((name, text) for name, text in said.items() if text)
    insert_rows(connection, f"INSERT INTO {table}", rows, _SAY)
    gone = [(name,) for name, text in said.items() if not text]
    connection.executemany(f"DELETE FROM {table} WHERE name=?", gone)
