"""Reads of a SQLite file that may take long: in threads, and no longer than their request may."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from c360_kernel.deadline import DeadlineExceeded, seconds_left
from c360_kernel.metering import METER, thread_seconds
from c360_kernel.sqlite import connect, store_errors

_THREADS = 4
"""More would not be faster, and would take the processors from whoever asks for little."""
_STEPS = 1_000_000
"""Of SQLite's machine, some ten milliseconds, until a read is asked again whether it goes on."""

T = TypeVar("T")
Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


class SqliteReaders:
    """A few threads with a connection each. Reads wait for a free one in the order they came.

    A read whose request runs out of time, or that nobody waits for any more, is interrupted.
    """

    def __init__(self, path: Path, threads: int = _THREADS) -> None:
        self._path = path
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(threads, "c360-reads")

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """All rows of a query. Raises `DeadlineExceeded`, and as `store_errors` does."""
        return await self.read(lambda connection: connection.execute(sql, parameters).fetchall())

    async def read(self, asked: Callable[[sqlite3.Connection], T]) -> T:
        """What some statements come to. Raises as `rows` does."""
        left = seconds_left()
        if left == 0:
            raise DeadlineExceeded
        loop = asyncio.get_running_loop()
        read = _Read(asked)
        timer = None if left is None else loop.call_later(left, read.stop)
        try:
            return await loop.run_in_executor(self._threads, self._run, read)
        except asyncio.CancelledError:
            read.stop()
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if (meter := METER.get()) is not None:
                meter.spend(read.seconds)

    def close(self) -> None:
        """Wait for what is under way, then close the connections."""
        self._threads.shutdown()
        while self._opened:
            self._opened.pop().close()

    def _run(self, read: _Read[T]) -> T:
        return read.over(self._connection())

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._own, "connection"):
            self._own.connection = connect(self._path)
            self._opened.append(self._own.connection)
        return self._own.connection


class _Read(Generic[T]):
    """One read, which may be stopped from another thread before or while it runs."""

    def __init__(self, asked: Callable[[sqlite3.Connection], T]) -> None:
        self._asked = asked
        self._changing = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_stopped = False
        self.seconds = 0.0

    def stop(self) -> None:
        """End it; what runs on the same connection afterwards is not touched."""
        with self._changing:
            self._is_stopped = True
            if self._connection is not None:
                self._connection.interrupt()

    def over(self, connection: sqlite3.Connection) -> T:
        """What is found."""
        self._begin(connection)
        began = thread_seconds()
        try:
            with store_errors():
                return self._asked(connection)
        except Exception:
            if self._is_stopped:
                raise DeadlineExceeded from None
            raise
        finally:
            self.seconds = thread_seconds() - began
            connection.set_progress_handler(None, 0)
            with self._changing:
                self._connection = None

    def _begin(self, connection: sqlite3.Connection) -> None:
        with self._changing:
            if self._is_stopped:
                raise DeadlineExceeded
            self._connection = connection
        # SQLite forgets an interrupt that comes before the first step.
        connection.set_progress_handler(lambda: self._is_stopped, _STEPS)
