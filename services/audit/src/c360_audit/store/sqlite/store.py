"""The audit log in one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.projection.sqlite import SqliteProjection
from c360_kernel.sqlite import store_errors, writing
from typing_extensions import override

from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.store.port import AuditLog
from c360_audit.store.reading import read_audited
from c360_audit.store.sqlite.schema import SCHEMA
from c360_audit.store.sqlite.selection import downwards, upwards
from c360_audit.store.sqlite.unit import NEXT, SqliteAuditUnit, subjects_of

_MEND = "move it away, a new one is filled from the log"
_OLD = (
    "SELECT number, entry, data FROM leaf WHERE at < ?"
    " AND number < (SELECT max(number) FROM leaf) ORDER BY at LIMIT ?"
)


class SqliteAuditLog(SqliteProjection, AuditLog):
    """An AuditLog in one file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA, _MEND)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteAuditUnit]:
        unit = SqliteAuditUnit(self.connection, self.epoch)
        async with self.transaction(unit):
            yield unit

    @override
    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        return self._found(*upwards(query, after, limit))

    @override
    async def latest(self, query: AuditQuery, before: int | None, limit: int) -> Sequence[Leaf]:
        return self._found(*downwards(query, before, limit))

    def _found(self, sql: str, values: Sequence[object]) -> Sequence[Leaf]:
        with store_errors():
            rows = self.connection.execute(sql, values).fetchall()
        return [Leaf(number, read_audited(entry, data)) for number, entry, data in rows]

    @override
    async def expire(self, before: int, limit: int) -> int:
        return await asyncio.to_thread(self._expire, before, limit)

    def _expire(self, before: int, limit: int) -> int:
        with writing(self.connection):
            rows = self.connection.execute(_OLD, (before, limit)).fetchall()
            numbers = [(number,) for number, _, _ in rows]
            old = [Leaf(number, read_audited(entry, data)) for number, entry, data in rows]
            subjects = "DELETE FROM leaf_subject WHERE subject = ? AND number = ?"
            self.connection.executemany(subjects, subjects_of(old))
            for table in ("leaf_footprint", "leaf"):
                self.connection.executemany(f"DELETE FROM {table} WHERE number = ?", numbers)
        return len(rows)

    @override
    async def counts(self) -> Mapping[str, int]:
        with store_errors():
            return {"operations": self.connection.execute(NEXT).fetchone()[0]}
