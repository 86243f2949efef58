"""SQLite as this project uses it: WAL, durable on commit, explicit transactions."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from c360_kernel.errors import Invalid, Transient, Unique, Unusable
from c360_kernel.open_files import (
    Connection,
    OpenFiles,
    connections,
    learn_files,
    refuse_gone,
    refuse_other,
    remember,
)

Synchronous = Literal["OFF", "NORMAL", "FULL"]

_BUSY_TIMEOUT_S = 30.0
_CHECKPOINT_PAGES = 4000
_CACHE_KIB = 2 * 1024
"""Of pages that a connection keeps. A process has some seventy, and each fills its own while the
files grow; what is read again is in the memory of the operating system as well.
"""
WRITERS_CACHE_KIB = 16 * 1024
"""Of the one connection of a store that batches are written by, which reads the same again and
again, and would write to the disk in between what does not fit.
"""
_writer_locks: dict[Path | None, threading.Lock] = {}
_writer_locks_guard = threading.Lock()


def connect(
    path: Path,
    synchronous: Synchronous = "FULL",
    busy_s: float = _BUSY_TIMEOUT_S,
    cache_kib: int = _CACHE_KIB,
) -> sqlite3.Connection:
    """Open a database file with this project's pragmas.

    Times out after `busy_s` of waiting for another process's write; transactions
    are begun explicitly. Raises as `refuse_other` does.
    """
    refuse_other(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=busy_s, isolation_level=None, check_same_thread=False, factory=Connection
    )
    remember(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute(f"PRAGMA cache_size=-{cache_kib}")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    connection.files = OpenFiles(path)
    return connection


def close_all() -> None:
    """Close every connection of this process that is still open, at its very end.

    The last one of a file takes what is in its write-ahead log into the file, and removes that: a
    copy of the file alone is then whole.
    """
    for connection in connections():
        with contextlib.suppress(sqlite3.Error):
            connection.close()


def path_of(connection: sqlite3.Connection) -> Path | None:
    """The file of a connection; None for one in memory."""
    if isinstance(connection, Connection) and connection.path is not None:
        return connection.path
    name = connection.execute("PRAGMA database_list").fetchone()[2]
    path = Path(name) if name else None
    if isinstance(connection, Connection):
        connection.path = path
    return path


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
    connections polls with growing sleeps. Raises as `refuse_gone` does.
    """
    with store_errors():
        path = path_of(connection)
    with _writer_lock(path), store_errors(path):
        refuse_gone(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
            learn_files(connection)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def one_view(connection: sqlite3.Connection) -> Generator[None]:
    """Around several reads that see the same, whatever others commit between them.

    Inside of a transaction they do anyway. Not for what awaits anything: the connection is shared.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def store_errors(path: Path | None = None) -> Generator[None]:
    """Turn driver errors into the six store errors; messages carry no values.

    `path` is named as the file that is at fault.
    """
    place = _UNNAMED if path is None else str(path)
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Unique("the store refused a value that must be unique") from error
    except sqlite3.DataError as error:
        raise Invalid("a value is too large for the store", code="STORE_TOO_LARGE") from error
    except sqlite3.OperationalError as error:
        raise _operational(error, place, path) from _sqlites(error)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") not in _DAMAGED:
            raise
        raise damaged(path) from error
    except UnicodeDecodeError:
        # It quotes what it could not read, and a column's name may be no text either.
        raise damaged(path) from None
    except Unusable as error:
        if path is None or error.path is not None:
            raise
        # Noticed further in, where nobody knew of which file it is.
        message = error.message.replace(_UNNAMED, str(path))
        raise Unusable(message, code=error.code, path=path) from error


_UNNAMED = "a file of a store"
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_MISSING = re.compile(r"no such (table|column)|has no column named")
_NO_JSON = "malformed JSON"
"""What is asked for is well-formed: it is what was kept that is not."""


_PASSING = {
    sqlite3.SQLITE_FULL: ("the disk of {} is full", "STORE_FULL"),
    sqlite3.SQLITE_READONLY: ("{} can only be read", "STORE_READ_ONLY"),
    sqlite3.SQLITE_IOERR: ("the disk of {} fails", "STORE_DISK"),
    sqlite3.SQLITE_CANTOPEN: ("{} cannot be opened", "STORE_UNAVAILABLE"),
}
_OTHERWISE = ("{} cannot answer now", "STORE_UNAVAILABLE")
_PRIMARY = 0xFF
_ROOM = 64 * 1024


def _operational(
    error: sqlite3.OperationalError, place: str, path: Path | None = None
) -> Exception:
    if _sqlites(error) is None:
        return damaged(path)
    primary = error.sqlite_errorcode & _PRIMARY
    if primary == sqlite3.SQLITE_IOERR and path is not None and _is_full(path):
        # What lies beside the file, such as its index of the WAL, finds no room in another way.
        primary = sqlite3.SQLITE_FULL
    if primary == sqlite3.SQLITE_ERROR and _MISSING.search(str(error)):
        reason = f"{place} lacks a table or column of this version"
        return Unusable(reason, code="STORE_FORMAT", path=path)
    if primary == sqlite3.SQLITE_ERROR and _NO_JSON in str(error):
        return damaged(path)
    if primary == sqlite3.SQLITE_ERROR:
        return Invalid("the store could not run a statement", code="STORE_STATEMENT")
    reason, code = _PASSING.get(primary, _OTHERWISE)
    return Transient(reason.format(place), code=code)


def _sqlites(error: sqlite3.OperationalError) -> sqlite3.OperationalError | None:
    """None for one of the driver's own: what was kept as text is none, and is quoted in it."""
    return error if hasattr(error, "sqlite_errorcode") else None


def damaged(path: Path | None) -> Unusable:
    """What is to be raised for a file with damage."""
    place = _UNNAMED if path is None else path
    return Unusable(f"{place} is damaged", code="STORE_DAMAGED", path=path)


def _is_full(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < _ROOM
    return False


def _writer_lock(path: Path | None) -> threading.Lock:
    with _writer_locks_guard:
        return _writer_locks.setdefault(path, threading.Lock())
