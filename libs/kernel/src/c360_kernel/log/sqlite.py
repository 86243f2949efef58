"""The embedded log: one SQLite file, safe across the processes of one machine.

An append is durable on return (WAL, `synchronous=FULL`). Appends that arrive
together share one commit. A group's member holds a file lock, so that each
partition has one reader; the operating system frees it when the process dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import logging
import math
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from c360_kernel.errors import SettingsError, Transient, Unusable
from c360_kernel.log.entry import (
    Entry,
    NewEntry,
    Partition,
    Position,
    Positions,
    partition_of,
)
from c360_kernel.log.format import LOG_FORMAT, READABLE
from c360_kernel.log.holding import Holding
from c360_kernel.log.identity import LogIdentity
from c360_kernel.log.naming_keys import NO_KEYS, HeldKeys
from c360_kernel.log.port import Consumer, EventLog, Lease, StartAt
from c360_kernel.log.retention import Retention, Trimmer, holding_of, trimmed_end
from c360_kernel.log.size import POLL_BYTES, refuse_too_large
from c360_kernel.log.sqlite_identity import RAISE_STAMP, identify, identity_of, refuse_cut
from c360_kernel.log.sqlite_rows import insert, last_offsets, read_entry
from c360_kernel.log.wake import Sleeper, Waker
from c360_kernel.metrics import APPEND_QUEUE_DEPTH
from c360_kernel.open_files import GONE, gone_from, save_wal
from c360_kernel.sqlite import connect, store_errors, writing
from c360_kernel.sqlite_format import adopt
from c360_kernel.sqlite_reading import from_rows

POLL_S = 0.05
_ROOM_BYTES = 65_536
_GATHER_S = 0.003
BUSY_S = 5.0
"""How long a write waits for other processes: a frozen one must not hold up whoever asks."""
DEFAULT_PARTITIONS = 3
"""To be raised with every change of what the file holds."""

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry(
  topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
  key TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,
  subject TEXT NOT NULL, time INTEGER NOT NULL, stamp TEXT NOT NULL, data BLOB NOT NULL,
  traceparent TEXT NOT NULL, PRIMARY KEY(topic, part, off)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS committed(
  grp TEXT NOT NULL, topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
  PRIMARY KEY(grp, topic, part)) WITHOUT ROWID, STRICT
"""
_SELECT = "SELECT * FROM entry WHERE topic=? AND part=? AND off>=? ORDER BY off LIMIT ?"
_VERSION = "PRAGMA data_version"
_COMMIT = "INSERT INTO committed VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET off=excluded.off"


class SqliteLog(EventLog):
    """An EventLog in `<directory>/log.db`. One object serves one event loop.

    `max_bytes` bounds the file: an append that would outgrow it is refused whole (LOG_FULL).
    Of refused items only those stay that `retention` says, and a tenth of such a file at most;
    of looks those that are not handled, or younger than it says.
    `instance` is what `Origin` says of it, `keys` are those that whoever opens it holds.
    """

    def __init__(
        self,
        directory: Path,
        partitions: int = DEFAULT_PARTITIONS,
        max_bytes: int | None = None,
        retention: Retention | None = None,
        instance: str = "",
        keys: HeldKeys = NO_KEYS,
    ) -> None:
        self._directory = directory
        self._path = directory / "log.db"
        with _naming_file(self._path):
            self._reader = _opened(self._path, instance, keys)
            self.partitions = _fixed_partitions(self._reader, partitions)
            refuse_cut(self._reader, self.partitions)
        # Progress is only told to others: losing the last of it at a power cut costs nothing.
        self._progress = connect(directory / "log.db", "NORMAL", BUSY_S)
        self._wake_directory = directory / "wake"
        self._wake_directory.mkdir(exist_ok=True)
        self._waker = Waker(self._wake_directory)
        self._sleeper: Sleeper | None = None
        kept = _within(retention or Retention(), max_bytes)
        self._share = kept.share(self.partitions)
        trimmer = Trimmer(kept, self.partitions)
        self._appender = _Appender(
            directory / "log.db", self.partitions, self._wake_directory, max_bytes, trimmer
        )

    @property
    @override
    def takeover_s(self) -> float:
        return 2.0

    async def identity(self) -> LogIdentity:
        """What this log is. Raises `Transient` (LOG_FULL while there is no room,
        LOG_UNAVAILABLE) while the file takes nothing.
        """
        if self._appender.is_refusing or gone_from(self._reader):
            await self._appender.submit(())
        with store_errors(self._path):
            return identity_of(self._reader)

    @override
    async def append(self, entries: Sequence[NewEntry]) -> Sequence[Position]:
        if not entries:
            return ()
        refuse_too_large(entries)
        with APPEND_QUEUE_DEPTH:
            return await self._appender.submit(entries)

    @override
    def consumer(self, group: str, topics: Sequence[str], start: StartAt) -> Consumer:
        lock = self._directory / "groups" / f"{group}.lock"
        return SqliteConsumer(self, group, topics, start, _GroupLock(lock), self.sleeper())

    @override
    def lease(self, name: str) -> Lease:
        return FileLease(_GroupLock(self._directory / "leases" / f"{name}.lock"))

    @override
    async def read(
        self, partition: Partition, offset: int, limit: int, most_bytes: float = math.inf
    ) -> Sequence[Entry]:
        """As of the port; of more data than `most_bytes` no more than the entry that is too much.

        Rows are read one by one, and those that are not taken not at all.
        """
        found: list[Entry] = []
        with store_errors(self._path):
            for row in self._reader.execute(_SELECT, (*partition, offset, limit)):
                found.append(read_entry(row))
                most_bytes -= len(found[-1].data)
                if most_bytes < 0:
                    break
        return found

    def version(self) -> int:
        """A number that is another one after every commit to the file."""
        with store_errors(self._path):
            return self._reader.execute(_VERSION).fetchone()[0]

    @override
    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        partitions = list(
            itertools.starmap(Partition, itertools.product(topics, range(self.partitions)))
        )
        with store_errors(self._path):
            last = last_offsets(self._reader, partitions)
            return {one: _next(self._reader, one, offset) for one, offset in last.items()}

    @override
    async def committed(self, group: str) -> Mapping[Partition, int]:
        sql = "SELECT topic, part, off FROM committed WHERE grp=?"
        with store_errors(self._path):
            return {Partition(t, p): off for t, p, off in self._reader.execute(sql, (group,))}

    @override
    async def holding(self, partition: Partition, offset: int) -> Holding | None:
        with store_errors(self._path):
            return holding_of(self._reader, partition, offset, self._share)

    @override
    async def changed(self, timeout_s: float) -> None:
        if self._sleeper is None:
            self._sleeper = self.sleeper()
        await self._sleeper.sleep(min(timeout_s, POLL_S))

    async def commit(self, group: str, positions: Positions) -> None:
        """Remember a group's progress and wake whoever waits for it."""
        rows = [(group, *partition, offset) for partition, offset in positions.items()]
        with writing(self._progress):
            self._progress.executemany(_COMMIT, rows)
        self._waker.wake()

    @override
    async def close(self) -> None:
        self._appender.close()
        self._waker.close()
        if self._sleeper is not None:
            self._sleeper.close()
        self._reader.close()
        self._progress.close()

    def sleeper(self) -> Sleeper:
        """A new reader's bell."""
        return Sleeper(self._wake_directory)


def _opened(path: Path, instance: str, keys: HeldKeys) -> sqlite3.Connection:
    connection = connect(path)
    adopt(connection, _SCHEMA, LOG_FORMAT, READABLE)
    identify(connection, instance, keys)
    return connection


@contextmanager
def _naming_file(path: Path) -> Generator[None]:
    try:
        with store_errors(path):
            yield
    except Unusable as error:
        mend = "restore it from a back-up, or use the version that wrote it"
        reason = error.message if str(path) in error.message else f"{path}: {error.message}"
        raise Unusable(f"{reason}: {mend}", code=error.code, path=path) from error


class SqliteConsumer(Consumer):
    """A member of a group: reads all partitions while it holds the group's lock."""

    def __init__(
        self,
        log: SqliteLog,
        group: str,
        topics: Sequence[str],
        start: StartAt,
        lock: _GroupLock,
        sleeper: Sleeper,
    ) -> None:
        self._log = log
        self._group = group
        self._partitions = [
            Partition(topic, number)
            for topic, number in itertools.product(topics, range(log.partitions))
        ]
        self._start = start
        self._lock = lock
        self._sleeper = sleeper
        self._next: dict[Partition, int] | None = None
        self._nothing_at: int | None = None

    @override
    async def poll(self, limit: int, timeout_s: float) -> Sequence[Entry]:
        deadline = time.monotonic() + timeout_s
        while True:
            found = await self._fetch(limit)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            await self._sleeper.sleep(min(left, POLL_S))

    @override
    async def rewind(self) -> None:
        self._next = self._nothing_at = None

    @override
    async def commit(self, positions: Positions) -> None:
        await self._log.commit(self._group, positions)

    @override
    async def close(self) -> None:
        self._sleeper.close()
        self._lock.release()

    async def _fetch(self, limit: int) -> list[Entry]:
        if not self._lock.acquire():
            return []
        # Looked up first: what is committed while the partitions are read is another version.
        version = self._log.version()
        if version == self._nothing_at:
            return []
        if self._next is None:
            self._next = dict(await self._start())
        batch = _Batch(limit)
        # Equal shares of all partitions: what is told of one record in several topics then comes
        # together, and is handled once.
        waiting = list(self._partitions)
        while waiting and batch.has_room:
            share = max(1, batch.left // len(waiting))
            waiting = [one for one in waiting if await self._take(one, share, batch) == share]
        # The partition read first must not starve the others.
        self._partitions.append(self._partitions.pop(0))
        self._nothing_at = None if batch.entries else version
        return batch.entries

    async def _take(self, partition: Partition, share: int, batch: _Batch) -> int:
        """Read at most this share into a batch, and no more than it has room for; how many."""
        assert self._next is not None
        if not batch.has_room:
            return 0
        at, most = self._next.get(partition, 0), min(share, batch.left)
        entries = await self._log.read(partition, at, most, batch.left_bytes)
        if entries:
            self._next[partition] = entries[-1].offset + 1
            batch.add(entries)
        return len(entries)


class _Batch:
    """What one poll comes to."""

    def __init__(self, limit: int) -> None:
        self.entries: list[Entry] = []
        self.left = limit
        self.left_bytes = POLL_BYTES

    @property
    def has_room(self) -> bool:
        """Whether another entry is to be taken."""
        return self.left > 0 and self.left_bytes > 0

    def add(self, entries: Sequence[Entry]) -> None:
        """Take these."""
        self.entries.extend(entries)
        self.left -= len(entries)
        self.left_bytes -= sum(len(one.data) for one in entries)


class FileLease(Lease):
    """A Lease on a file lock, which the operating system frees when the holder dies."""

    def __init__(self, lock: _GroupLock) -> None:
        self._lock = lock

    @override
    async def held(self) -> bool:
        return self._lock.acquire()

    @override
    async def close(self) -> None:
        self._lock.release()


class _GroupLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Appender:
    """A thread that commits whatever appends are waiting, all in one transaction.

    While several come at once, it waits a moment before each commit, so that more share it: a
    commit costs more than anything that is in it. A lone writer never waits.
    """

    def __init__(
        self,
        path: Path,
        partitions: int,
        wake_directory: Path,
        max_bytes: int | None,
        trimmer: Trimmer,
    ) -> None:
        self._trimmer = trimmer
        self._path = path
        self._max_bytes = max_bytes
        self._partitions = partitions
        self._wake_directory = wake_directory
        self._queue: queue.SimpleQueue[_Append | None] = queue.SimpleQueue()
        self.is_refusing = False
        """Whether the file took the last append not at all; an empty one finds out again."""
        self._logged_codes: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="log-appender", daemon=True)
        self._thread.start()

    def submit(self, entries: Sequence[NewEntry]) -> asyncio.Future[Sequence[Position]]:
        append = _Append(entries)
        self._queue.put(append)
        return append.done

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection = connect(self._path, busy_s=BUSY_S)
        _limit(connection, self._max_bytes)
        waker = Waker(self._wake_directory)
        is_shared = False
        while (append := self._queue.get()) is not None:
            if is_shared:
                time.sleep(_GATHER_S)
            waiting = [append, *self._also_waiting()]
            self._commit(connection, waiting)
            waker.wake()
            if time.monotonic() >= self._trimmer.next_at:
                self._trim(connection)
            is_shared = len(waiting) > 1
        waker.close()
        connection.close()

    def _trim(self, connection: sqlite3.Connection) -> None:
        """What can wait until the next time must not end the thread that takes entries."""
        try:
            self._trimmer.trim(connection)
        except Transient:
            pass
        except Exception as error:
            logger.error("refused items cannot be trimmed: %s", type(error).__name__)

    def _also_waiting(self) -> list[_Append]:
        waiting: list[_Append] = []
        while not self._queue.empty():
            append = self._queue.get()
            if append is None:
                self._queue.put(None)
                break
            waiting.append(append)
        return waiting

    def _commit(self, connection: sqlite3.Connection, waiting: list[_Append]) -> None:
        try:
            with writing(connection):
                written = self._write(connection, waiting)
        except Transient as error:
            self._refused(connection, error)
            code = "LOG_FULL" if error.code == "STORE_FULL" else "LOG_UNAVAILABLE"
            _answer(waiting, Transient("the log cannot take entries now", code=code))
        except Exception as error:  # whoever waits must hear of it
            _answer(waiting, error)
        else:
            self.is_refusing = False
            self._logged_codes.clear()
            _answer(waiting, written)

    def _refused(self, connection: sqlite3.Connection, error: Transient) -> None:
        self.is_refusing = True
        if error.code not in self._logged_codes:
            self._logged_codes.add(error.code)
            logger.error("%s: the log takes no entries: %s", error.code, error.message)
            if error.code == GONE:
                save_wal(connection)

    def _partition(self, entry: NewEntry) -> Partition:
        return Partition(entry.topic, partition_of(entry.key, self._partitions))

    def _write(
        self, connection: sqlite3.Connection, waiting: list[_Append]
    ) -> list[list[Position]]:
        placed = [[(self._partition(one), one) for one in append.entries] for append in waiting]
        ends = _Ends(connection, {partition for one in placed for partition, _ in one})
        written = [[ends.next(partition) for partition, _ in one] for one in placed]
        places = [
            (position, entry)
            for append, positions in zip(waiting, written, strict=True)
            for position, entry in zip(positions, append.entries, strict=True)
        ]
        if not places:
            _find_room(connection)
            return written
        insert(connection, places)
        connection.execute(RAISE_STAMP, (max([entry.stamp for _, entry in places]),))
        return written


def _find_room(connection: sqlite3.Connection) -> None:
    """Raise what an append would, without leaving anything."""
    connection.execute("INSERT INTO meta VALUES ('room', ?)", ("x" * _ROOM_BYTES,))
    connection.execute("DELETE FROM meta WHERE name='room'")


class _Ends:
    """Where entries go within one transaction."""

    def __init__(self, connection: sqlite3.Connection, partitions: AbstractSet[Partition]) -> None:
        last = last_offsets(connection, partitions)
        self._ends = {one: _next(connection, one, offset) for one, offset in last.items()}

    def next(self, partition: Partition) -> Position:
        offset = self._ends[partition]
        self._ends[partition] = offset + 1
        return Position(*partition, offset)


class _Append:
    def __init__(self, entries: Sequence[NewEntry]) -> None:
        self.entries = entries
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Sequence[Position]] = self.loop.create_future()


_Outcome = Sequence[Sequence[Position]] | Exception


def _answer(waiting: Sequence[_Append], outcome: _Outcome) -> None:
    """Wake the loop that waits: once for all that one commit brought."""
    with contextlib.suppress(RuntimeError):  # it was closed meanwhile: nobody waits any more
        waiting[0].loop.call_soon_threadsafe(_settle, waiting, outcome)


def _settle(waiting: Sequence[_Append], outcome: _Outcome) -> None:
    for number, append in enumerate(waiting):
        if append.done.done():
            continue
        if isinstance(outcome, Exception):
            append.done.set_exception(outcome)
        else:
            append.done.set_result(outcome[number])


def _limit(connection: sqlite3.Connection, max_bytes: int | None) -> None:
    if max_bytes is not None:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={max(1, max_bytes // page)}")


def _next(connection: sqlite3.Connection, partition: Partition, last: int | None) -> int:
    return trimmed_end(connection, *partition) if last is None else last + 1


def _within(retention: Retention, max_bytes: int | None) -> Retention:
    """One caller's refused items must not fill a log that has an end."""
    if max_bytes is None:
        return retention
    return replace(retention, max_bytes=min(retention.max_bytes, max_bytes // 10))


def _fixed_partitions(connection: sqlite3.Connection, wanted: int) -> int:
    """The partition count of this log; keys would move if it could change."""
    sql = "INSERT INTO meta VALUES ('partitions', ?) ON CONFLICT DO NOTHING"
    with writing(connection):
        connection.execute(sql, (str(wanted),))
    held = _partitions_of(connection)
    if held != wanted:
        raise SettingsError(
            f"this log has {held} partitions, the settings say {wanted}", code="PARTITIONS_CHANGED"
        )
    return held


@from_rows
def _partitions_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM meta WHERE name='partitions'").fetchone()[0])
