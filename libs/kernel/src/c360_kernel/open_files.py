"""Whether the files of open databases are still where they were opened.

SQLite goes on in a file that somebody removed, or put another in the place of: what it takes from
then on is gone with the process.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from c360_kernel.errors import Transient

GONE = "STORE_GONE"


class OpenFiles:
    """The files of one connection, as they were when it was opened. Used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: Collection[Path] = (path, _wal_of(path))
        self._numbers: dict[Path, int] = {}
        self.learn()

    def learn(self) -> None:
        """Of a new database the write-ahead log comes with the first that is written."""
        for file in self._files:
            if file not in self._numbers and (number := _number(file)) is not None:
                self._numbers[file] = number

    def gone(self) -> Collection[Path]:
        """Those that are no longer there, or are others."""
        return [file for file, number in list(self._numbers.items()) if _number(file) != number]

    def let_go(self) -> None:
        """The files are replaced on purpose: nobody writes to the old ones any more."""
        self._files, self._numbers = (), {}


class Connection(sqlite3.Connection):
    """One that can be found again, and knows what it was opened on."""

    files: OpenFiles | None = None
    path: Path | None = None

    @override
    def close(self) -> None:
        self.files = None
        super().close()


_open: weakref.WeakSet[Connection] = weakref.WeakSet()
_guard = threading.Lock()


def remember(connection: Connection) -> None:
    """It was opened by this process."""
    with _guard:
        _open.add(connection)


def connections() -> Collection[Connection]:
    """Those of this process, some of which may be closed."""
    with _guard:
        return list(_open)


def gone_from(connection: sqlite3.Connection) -> Collection[Path]:
    """Files of it that somebody removed, or put others in the place of, while it is open."""
    files = connection.files if isinstance(connection, Connection) else None
    return () if files is None else files.gone()


def gone_files() -> Mapping[str, str]:
    """The names of files that somebody removed while this process has them open, and the code."""
    names = {file.name for one in connections() for file in gone_from(one)}
    return dict.fromkeys(sorted(names), GONE)


def refuse_gone(connection: sqlite3.Connection) -> None:
    """Raise `Transient` (STORE_GONE) once a file of it was removed."""
    if gone := gone_from(connection):
        raise Transient(
            f"{min(gone)} was removed while it was in use: put it back, or restart",
            code=GONE,
        )


def learn_files(connection: sqlite3.Connection) -> None:
    """Know the files that what was just written has made."""
    if isinstance(connection, Connection) and connection.files is not None:
        connection.files.learn()


def refuse_other(path: Path) -> None:
    """As `refuse_gone`, for another connection: it would not see what those that are there do."""
    for connection in _of(path):
        refuse_gone(connection)


def let_go(path: Path) -> None:
    """A file is about to be replaced on purpose, while some still read the old one."""
    for connection in _of(path):
        if connection.files is not None:
            connection.files.let_go()


def save_wal(connection: sqlite3.Connection) -> None:
    """Take what a removed write-ahead log holds into its file, unless somebody made another.

    It can still be read by those that have it open.
    """
    files = connection.files if isinstance(connection, Connection) else None
    if files is None or list(files.gone()) != [wal := _wal_of(files.path)] or wal.exists():
        return
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _of(path: Path) -> Iterator[Connection]:
    return (one for one in connections() if one.files is not None and one.files.path == path)


def _wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _number(file: Path) -> int | None:
    """What names a file among those of its directory whatever it is called, as SQLite does it."""
    try:
        return file.stat().st_ino
    except OSError:
        return None
