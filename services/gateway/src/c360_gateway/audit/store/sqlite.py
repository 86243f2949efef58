"""The audit log in a SQLite file.

Many leaves use the same coordinates, so a set of coordinates is kept once, as a footprint.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.projection.sqlite import SqliteProjection, SqliteUnit
from c360_kernel.sqlite import store_errors, writing

from c360_gateway.audit.store.port import Audited, AuditQuery, Leaf, read_audited

_SCHEMA = """
CREATE TABLE IF NOT EXISTS leaf(
  number INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  principal TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS leaf_at ON leaf(at);
CREATE INDEX IF NOT EXISTS leaf_principal ON leaf(principal, number);
CREATE TABLE IF NOT EXISTS leaf_subject(
  subject TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(subject, number)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS footprint(
  id INTEGER PRIMARY KEY, coordinates TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS footprint_coordinate(
  coordinate TEXT NOT NULL, footprint INTEGER NOT NULL,
  PRIMARY KEY(coordinate, footprint)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS leaf_footprint(
  number INTEGER PRIMARY KEY, footprint INTEGER NOT NULL) STRICT
"""
_MEND = "move it away, a new one is filled from the log"
_NEXT = "SELECT coalesce(max(number) + 1, 0) FROM leaf"
_OLD = (
    "SELECT number, entry, data FROM leaf WHERE at < ?"
    " AND number < (SELECT max(number) FROM leaf) ORDER BY at LIMIT ?"
)
_FOOTPRINT = "SELECT id FROM footprint WHERE coordinates = ?"
_NEW_FOOTPRINT = "INSERT INTO footprint(coordinates) VALUES (?) RETURNING id"
_USES_COORDINATE = (
    "f.footprint IN (SELECT footprint FROM footprint_coordinate WHERE coordinate = ?)"
)


class SqliteAuditUnit(SqliteUnit):
    """A unit of work on an open transaction."""

    def keep(self, audited: Sequence[Audited]) -> None:
        """See `AuditUnit.keep`."""
        fresh = self._unknown(audited)
        first = self.connection.execute(_NEXT).fetchone()[0]
        leaves = [Leaf(number, one) for number, one in enumerate(fresh, first)]
        self.connection.executemany("INSERT INTO leaf VALUES (?,?,?,?,?)", map(_row, leaves))
        self.connection.executemany("INSERT INTO leaf_subject VALUES (?,?)", _subjects(leaves))
        self._keep_footprints(leaves)

    def _keep_footprints(self, leaves: Sequence[Leaf]) -> None:
        used = {leaf.number: leaf.audited.coordinates for leaf in leaves}
        ids = {coordinates: self._footprint(coordinates) for coordinates in set(used.values())}
        rows = ((number, ids[coordinates]) for number, coordinates in used.items())
        self.connection.executemany("INSERT INTO leaf_footprint VALUES (?,?)", rows)

    def _footprint(self, coordinates: frozenset[str]) -> int:
        named = "\n".join(sorted(coordinates))
        known = self.connection.execute(_FOOTPRINT, (named,)).fetchone()
        if known is not None:
            return known[0]
        made = self.connection.execute(_NEW_FOOTPRINT, (named,)).fetchone()[0]
        rows = ((coordinate, made) for coordinate in coordinates)
        self.connection.executemany("INSERT INTO footprint_coordinate VALUES (?,?)", rows)
        return made

    def _unknown(self, audited: Sequence[Audited]) -> list[Audited]:
        by_id = {one.entry_id: one for one in reversed(audited)}
        marks = ",".join("?" * len(by_id))
        sql = f"SELECT entry FROM leaf WHERE entry IN ({marks})"
        known = {entry for (entry,) in self.connection.execute(sql, list(by_id))}
        return [by_id[name] for name in reversed(by_id) if name not in known]


class SqliteAuditLog(SqliteProjection):
    """An AuditLog in one file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, _MEND)

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteAuditUnit]:
        """See `AuditLog.unit`."""
        unit = SqliteAuditUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit

    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        """See `AuditLog.page`."""
        sql, values = _select(query, after, limit)
        with store_errors():
            rows = self.connection.execute(sql, values).fetchall()
        return [Leaf(number, read_audited(entry, data)) for number, entry, data in rows]

    async def expire(self, before: int, limit: int) -> int:
        """See `AuditLog.expire`."""
        return await asyncio.to_thread(self._expire, before, limit)

    def _expire(self, before: int, limit: int) -> int:
        with writing(self.connection):
            rows = self.connection.execute(_OLD, (before, limit)).fetchall()
            numbers = [(number,) for number, _, _ in rows]
            old = [Leaf(number, read_audited(entry, data)) for number, entry, data in rows]
            subjects = "DELETE FROM leaf_subject WHERE subject = ? AND number = ?"
            self.connection.executemany(subjects, _subjects(old))
            for table in ("leaf_footprint", "leaf"):
                self.connection.executemany(f"DELETE FROM {table} WHERE number = ?", numbers)
        return len(rows)

    async def counts(self) -> Mapping[str, int]:
        """See `FedStore.counts`."""
        with store_errors():
            return {"operations": self.connection.execute(_NEXT).fetchone()[0]}


def _select(query: AuditQuery, after: int, limit: int) -> tuple[str, list[object]]:
    """A statement that walks the narrowest index by number and looks the rest up."""
    tables: list[str] = []
    wanted: list[tuple[str, object]] = []
    if query.subject is not None:
        tables.append("leaf_subject s")
        wanted.append(("s.subject = ?", query.subject))
    if query.coordinate is not None:
        tables.append("leaf_footprint f")
        wanted.append((_USES_COORDINATE, query.coordinate))
    tables.append("leaf l")
    names = [table[-1] for table in tables]
    wanted.append((f"{names[0]}.number > ?", after))
    wanted += [(f"l.{column} ?", value) for column, value in _columns(query) if value is not None]
    joined = [f"{one}.number = {names[0]}.number" for one in names[1:]]
    sql = (
        f"SELECT l.number, l.entry, l.data FROM {' CROSS JOIN '.join(tables)}"
        f" WHERE {' AND '.join([condition for condition, _ in wanted] + joined)}"
        f" ORDER BY {names[0]}.number LIMIT ?"
    )
    return sql, [*(value for _, value in wanted), limit]


def _columns(query: AuditQuery) -> Iterable[tuple[str, object]]:
    return (
        ("at >=", query.since),
        ("at <", query.until),
        ("principal =", query.principal),
    )


def _row(leaf: Leaf) -> tuple[object, ...]:
    audited = leaf.audited
    operation = audited.operation
    return leaf.number, audited.entry_id, operation.at, operation.principal, audited.data


def _subjects(leaves: Sequence[Leaf]) -> Iterable[tuple[str, int]]:
    return (
        (subject, leaf.number)
        for leaf in leaves
        for subject in set(leaf.audited.operation.subjects)
    )
