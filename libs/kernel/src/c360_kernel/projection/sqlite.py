"""The part every SQLite projection has: positions, outbox, attempts, and its unit of work."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncGenerator, Collection, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from typing_extensions import override

from c360_kernel.errors import Conflict, Transient, Unusable
from c360_kernel.log.entry import (
    Entry,
    NewEntry,
    Partition,
    Position,
    Positions,
    spans_of,
)
from c360_kernel.log.identity import Origin, claimed_by
from c360_kernel.projection.damage import (
    DAMAGED,
    SoundnessCheck,
    note_damage,
    was_damaged,
)
from c360_kernel.projection.dead_letters import dead_letter_entry
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import Attempt, Outgoing, ProjectionStore
from c360_kernel.projection.positions import refuse_moved
from c360_kernel.projection.schedule import Scheduled, TimedStore, TimedUnit, Waiting
from c360_kernel.projection.slices import SlicedStore
from c360_kernel.projection.sqlite_outbox import OUTBOX_SCHEMA, Remembered, Written, drop, put
from c360_kernel.projection.witness import witness, witnesses
from c360_kernel.sqlite import WRITERS_CACHE_KIB, connect, damaged, store_errors, writing
from c360_kernel.sqlite_format import adopt
from c360_kernel.sqlite_reading import UNREADABLE, from_rows, refuse_unsound

_SCHEMA = f"""{OUTBOX_SCHEMA}
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS position(
  topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
  PRIMARY KEY(topic, part)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS begun(
  topic TEXT NOT NULL, part INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  times INTEGER NOT NULL, PRIMARY KEY(topic, part, first, last)) WITHOUT ROWID, STRICT
"""
SCHEDULE = """
CREATE TABLE IF NOT EXISTS scheduled(
  due INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY(due, key)) WITHOUT ROWID, STRICT
"""
"""The table of what is scheduled, for projections that wait."""
_READ_FIRST = ("meta", "position", "begun", "outbox")
_ADVANCE = "INSERT INTO position VALUES (?,?,?) ON CONFLICT DO UPDATE SET off=excluded.off"
_PRESENT = "coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name='present'), 0)"
"""The latest tick; what is due at 0 is due before any."""
_DUE = f"SELECT due, key FROM scheduled WHERE due<={_PRESENT} ORDER BY due, key LIMIT ?"
_TICK = (
    "INSERT INTO meta VALUES ('present', ?) ON CONFLICT DO UPDATE SET value=excluded.value"
    " WHERE CAST(value AS INTEGER)<CAST(excluded.value AS INTEGER)"
)
_PUT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"
_WITNESS = "witness"
_WITNESSED = f"SELECT name, value FROM meta WHERE name LIKE '{_WITNESS} %'"
_BEGIN = "INSERT INTO begun VALUES (?,?,?,?,1) ON CONFLICT DO UPDATE SET times=times+1"

_log = logging.getLogger(__name__)


class SqliteUnit(TimedUnit):
    """A unit of work on an open transaction. Services subclass it with their own tables."""

    def __init__(self, connection: sqlite3.Connection, epoch: int) -> None:
        self.connection = connection
        self.epoch = epoch
        self._emitted: list[NewEntry] = []
        self.waiting: Written = {}
        """What waits to be relayed once the unit is committed."""

    @override
    def emit(self, entry: NewEntry) -> None:
        self._emitted.append(entry)

    @override
    async def advance(self, before: Positions, after: Positions) -> None:
        refuse_moved(read_positions(self.connection), before)
        rows = [(*partition, offset) for partition, offset in after.items()]
        self.connection.executemany(_ADVANCE, rows)

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        self.emit(dead_letter_entry(entry, group, code))

    @override
    def schedule(self, due: int, key: str) -> None:
        self.connection.execute("INSERT OR IGNORE INTO scheduled VALUES (?,?)", (due, key))

    @override
    async def tick(self, at: int) -> None:
        self.connection.execute(_TICK, (str(at),))

    @override
    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        rows = self.connection.execute(_DUE, (limit,)).fetchall()
        self.connection.executemany("DELETE FROM scheduled WHERE due=? AND key=?", rows)
        return [Scheduled(due, key) for due, key in rows]

    async def flush(self) -> None:
        """Write what is still buffered. Subclasses with buffers extend this."""
        self.waiting = put(self.connection, self._emitted)


class SqliteProjection(ProjectionStore[Any], TimedStore[Any], SlicedStore, Witness):
    """A store in one SQLite file. Subclasses pass their tables and override `unit`.

    `number` is the format of its tables, to be raised with every change of what is stored, and
    `mend` what to do about a file of another; one of a format in `readable` only lacks tables, and
    is given them. Raises `Unusable` (STORE_FORMAT, STORE_DAMAGED).
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        mend: str,
        number: int = 1,
        readable: Collection[int] = (),
    ) -> None:
        self.path = path
        self._mend = mend
        self._soundness = SoundnessCheck(path)
        self._remembered = Remembered()
        with self.checked():
            self.connection = connect(path, cache_kib=WRITERS_CACHE_KIB)
            adopt(self.connection, _SCHEMA + ";" + schema, number, readable)
            # A mark must outlive a killed process, not a power cut.
            self._marks = connect(path, synchronous="NORMAL")
            self.epoch = _read_number(self.meta("epoch"))

    def checked(self) -> AbstractContextManager[None]:
        """Around what a start looks at: which file cannot be used, and what to do about it."""
        return _naming_file(self.path, self._mend)

    def refuse_damaged(self) -> None:
        """Read what a worker reads first. Raises `Unusable` (STORE_DAMAGED), also where damage was
        met further in before.
        """
        if was_damaged(self.path):
            raise damaged(self.path)
        with store_errors(self.path):
            refuse_unsound(self.connection, self.path, _READ_FIRST)
            for table in _READ_FIRST:
                self.connection.execute(f"SELECT * FROM {table}").fetchall()
            read_positions(self.connection)
            _read_witnesses(self._marks)
            _read_number(self.meta("present"))

    @contextmanager
    def reading(self) -> Generator[None]:
        """Around what is read for callers, who are told of no file: whoever runs it is."""
        try:
            yield
        except Exception:
            # Nearly every read succeeds, and has nobody to go by.
            with self._telling_damage(), store_errors():
                raise

    @contextmanager
    def _telling_damage(self) -> Generator[None]:
        try:
            yield
        except Unusable as error:
            self._tell_damage(error)
            raise
        except UNREADABLE:
            with self._noting_damage():
                self._soundness.refuse_damaged(self.connection)
            raise

    def _tell_damage(self, error: Unusable) -> None:
        if error.code == DAMAGED and not was_damaged(self.path):
            _log.error("%s: %s is damaged: the next start makes it anew", DAMAGED, self.path)
            note_damage(self.path)

    @contextmanager
    def _noting_damage(self) -> Generator[None]:
        try:
            with store_errors(self.path):
                yield
        except Unusable as error:
            if error.path == self.path and error.code == DAMAGED:
                note_damage(self.path)
            raise

    @override
    async def claimed(self, by: Origin) -> Origin:
        with self._noting_damage():
            held = self._origin()
            claimed = claimed_by(held, by)
            if claimed != held:
                with writing(self.connection):
                    self.put_meta("origin_log", claimed.log)
                    self.put_meta("origin_instance", claimed.instance)
        return claimed

    @override
    async def positions(self) -> Positions:
        with self._noting_damage():
            return read_positions(self.connection)

    @asynccontextmanager
    async def transaction(self, unit: SqliteUnit) -> AsyncGenerator[None]:
        """Hold a write transaction around a unit, flushing its buffers at the end.

        What fails without a reason of its own is not the entry's fault where the file is damaged.
        """
        with self._noting_damage():
            try:
                with writing(self.connection):
                    yield
                    await unit.flush()
                self._remembered.keep(unit.waiting)
            except (Transient, Conflict, Unusable):
                raise
            except Exception:
                self._soundness.refuse_damaged(self.connection)
                raise

    @override
    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        return await self.outgoing_after(0, limit)

    @override
    async def outgoing_after(self, sequence: int, limit: int) -> Sequence[Outgoing]:
        with self._noting_damage():
            return list(self._remembered.outgoing(self.connection, sequence, limit))

    @override
    async def relayed(self, sequences: Sequence[int]) -> None:
        """Not worth waiting for the disk: what a power cut brings back is relayed once more."""
        with writing(self._marks):
            drop(self._marks, sequences)
        self._remembered.forget(sequences)

    @override
    async def attempts(self) -> Sequence[Attempt]:
        with self._noting_damage():
            rows = self._marks.execute("SELECT topic, part, first, last, times FROM begun")
            return [Attempt(Partition(t, p), first, last, n) for t, p, first, last, n in rows]

    @override
    async def begin(self, entries: Sequence[Entry]) -> None:
        with writing(self._marks):
            self._marks.executemany(_BEGIN, _ranges(entries))

    @override
    async def end(self, entries: Sequence[Entry]) -> None:
        sql = "DELETE FROM begun WHERE topic=? AND part=? AND last<=?"
        with writing(self._marks):
            self._marks.executemany(sql, [(t, p, last) for t, p, _, last in _ranges(entries)])
            held = witnesses(entries).items()
            rows = [(f"{_WITNESS} {topic} {part}", text) for (topic, part), text in held]
            self._marks.executemany(_PUT_META, rows)

    @override
    async def witnessed(self) -> Mapping[Position, str]:
        with self._noting_damage():
            return _read_witnesses(self._marks)

    @override
    async def waiting(self) -> Waiting:
        with self._noting_damage():
            ((due,),) = self.connection.execute("SELECT min(due) FROM scheduled")
            return Waiting(_read_number(self.meta("present")), due)

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch: versions given from now on outrank all before."""
        self.epoch = epoch
        with writing(self.connection):
            self.put_meta("epoch", str(epoch))

    async def clear_outbox(self) -> None:
        """Forget what was not relayed: a rebuild states differences instead."""
        with writing(self.connection):
            self.connection.execute("DELETE FROM outbox")
        self._remembered.clear()

    def meta(self, name: str) -> str | None:
        """A named setting kept with the data."""
        sql = "SELECT value FROM meta WHERE name=?"
        with store_errors(self.path):
            row = self.connection.execute(sql, (name,)).fetchone()
        return None if row is None else row[0]

    def put_meta(self, name: str, value: str) -> None:
        """Keep a named setting; call inside a transaction."""
        self.connection.execute(_PUT_META, (name, value))

    def _origin(self) -> Origin | None:
        log = self.meta("origin_log")
        return None if log is None else Origin(log, self.meta("origin_instance") or "")

    async def close(self) -> None:
        """Close the file."""
        self._marks.close()
        self.connection.close()


@contextmanager
def _naming_file(path: Path, mend: str) -> Generator[None]:
    """Say which file cannot be used, and what to do about it."""
    try:
        with store_errors(path):
            yield
    except Unusable as error:
        reason = error.message if str(path) in error.message else f"{path}: {error.message}"
        raise Unusable(f"{reason}: {mend}", code=error.code, path=path) from error


def origin_in(path: Path) -> Origin | None:
    """What a file says that it is fed from, whatever else is wrong with it; None if nothing."""
    sql = "SELECT name, value FROM meta WHERE name IN ('origin_log', 'origin_instance')"
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = dict(connection.execute(sql).fetchall())
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    log = found.get("origin_log")
    return None if log is None else Origin(log, found.get("origin_instance", ""))


@from_rows
def read_positions(connection: sqlite3.Connection) -> dict[Partition, int]:
    """The positions kept in a projection's file."""
    rows = connection.execute("SELECT topic, part, off FROM position")
    return {Partition(topic, _count(part)): _count(off) for topic, part, off in rows}


@from_rows
def _read_witnesses(connection: sqlite3.Connection) -> Mapping[Position, str]:
    return dict(_read_witness(*row) for row in connection.execute(_WITNESSED).fetchall())


def _read_witness(name: str, text: str) -> tuple[Position, str]:
    _, topic, part = name.split(" ")
    return witness(Partition(topic, int(part)), text)


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError
    return value


@from_rows
def _read_number(text: str | None) -> int:
    return int(text or "0")


def _ranges(entries: Sequence[Entry]) -> list[tuple[str, int, int, int]]:
    spans = spans_of(entries).items()
    return [(p.topic, p.number, span.first, span.last) for p, span in spans]
