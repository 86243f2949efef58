"""What a file keeps is read back: what cannot be is damage of the file, never anybody's fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from c360_kernel.sqlite import damaged

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""What reading something fails with that is not what was written."""
P = ParamSpec("P")
T = TypeVar("T")


class Reads(Protocol):
    """What has something to do around each of its reads."""

    def reading(self) -> AbstractContextManager[None]:
        """Around one."""
        ...


R = TypeVar("R", bound=Reads)
Asked: TypeAlias = "Callable[Concatenate[R, P], CoroutineType[Any, Any, T]]"


def noticed(read: Asked[R, P, T]) -> Asked[R, P, T]:
    """Of a read whose damage is to be noticed as `reading` of its object does."""

    @wraps(read)
    async def noticing(self: R, *given: P.args, **named: P.kwargs) -> T:
        try:
            return await read(self, *given, **named)
        except Exception:
            with self.reading():
                raise

    return noticing


def from_rows(read: Callable[P, T]) -> Callable[P, T]:
    """Of a function that does nothing but read what was kept.

    It raises `Unusable` (STORE_DAMAGED) for what it cannot read, and quotes nothing of it.
    """

    @wraps(read)
    def reading(*given: P.args, **named: P.kwargs) -> T:
        try:
            return read(*given, **named)
        except UNREADABLE:
            raise damaged(None) from None

    return reading


def refuse_unsound(
    connection: sqlite3.Connection, path: Path | None, tables: Iterable[str] = ()
) -> None:
    """Look through these small tables, or through all: `Unusable` (STORE_DAMAGED)."""
    for argument in tables or ("1",):
        _refuse_unless_ok(connection, f"quick_check({argument})", path)


def refuse_disordered(connection: sqlite3.Connection) -> None:
    """Look through all, and whether each row is where it is looked for: `Unusable`
    (STORE_DAMAGED). That takes some times as long.
    """
    _refuse_unless_ok(connection, "integrity_check(1)", None)


def _refuse_unless_ok(connection: sqlite3.Connection, check: str, path: Path | None) -> None:
    if connection.execute(f"PRAGMA {check}").fetchone()[0] != "ok":
        raise damaged(path)
