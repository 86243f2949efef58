"""SQLite as this project uses it: WAL, durable on commit, explicit transactions."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from c360_kernel.errors import Invalid, Transient, Unique, Unusable

Synchronous = Literal["OFF", "NORMAL", "FULL"]

_BUSY_TIMEOUT_S = 30.0
_CHECKPOINT_PAGES = 4000
_writer_locks: dict[str, threading.Lock] = {}
_writer_locks_guard = threading.Lock()


def connect(
    path: Path, synchronous: Synchronous = "FULL", busy_s: float = _BUSY_TIMEOUT_S
) -> sqlite3.Connection:
    """Open a database file with this project's pragmas.

    Times out after `busy_s` of waiting for another process's write; transactions
    are begun explicitly.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=busy_s, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    return connection


def create(connection: sqlite3.Connection, schema: str) -> None:
    """Run `CREATE ... IF NOT EXISTS` statements once, safe against other processes."""
    with writing(connection):
        _run(connection, schema)


def _run(connection: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";"):
        if statement.strip():
            connection.execute(statement)


@contextmanager
def writing(connection: sqlite3.Connection) -> Generator[None]:
    """One write transaction: commits on leaving, rolls back on any exception.

    Writers of one process queue on a lock, because SQLite's own wait between
    connections polls with growing sleeps.
    """
    with _writer_lock(connection), store_errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def store_errors() -> Generator[None]:
    """Turn driver errors into the six store errors; messages carry no values."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Unique("the store refused a value that must be unique") from error
    except sqlite3.DataError as error:
        raise Invalid("a value is too large for the store", code="STORE_TOO_LARGE") from error
    except sqlite3.OperationalError as error:
        raise _operational(error) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") not in _DAMAGED:
            raise
        raise Unusable("a file of a store is damaged", code="STORE_DAMAGED") from error


_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_MISSING = re.compile(r"no such (table|column)|has no column named")


def _operational(error: sqlite3.OperationalError) -> Exception:
    name = error.sqlite_errorname
    if name == "SQLITE_FULL":
        return Transient("the disk of a store is full", code="STORE_FULL")
    if name == "SQLITE_ERROR" and _MISSING.search(str(error)):
        return Unusable("a store lacks a table or column of this version", code="STORE_FORMAT")
    if name == "SQLITE_ERROR":
        return Invalid("the store could not run a statement", code="STORE_STATEMENT")
    return Transient("a store cannot answer now", code="STORE_UNAVAILABLE")


def _writer_lock(connection: sqlite3.Connection) -> threading.Lock:
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    with _writer_locks_guard:
        return _writer_locks.setdefault(path, threading.Lock())
