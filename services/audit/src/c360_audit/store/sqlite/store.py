"""The audit log in one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from c360_kernel.projection.sqlite import SqliteProjection
from c360_kernel.sqlite import writing
from typing_extensions import override

from c360_audit.domain.activity import Activity, Actor
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.domain.performed import Performed, Touching
from c360_audit.store.port import AuditLog
from c360_audit.store.reading import read_audited
from c360_audit.store.signing import TreeSigner
from c360_audit.store.sqlite import alike, removal, summary
from c360_audit.store.sqlite.evidence import SqliteEvidence
from c360_audit.store.sqlite.finding import find
from c360_audit.store.sqlite.schema import FORMAT, SCHEMA
from c360_audit.store.sqlite.selection import Span, above, below, leaves_of
from c360_audit.store.sqlite.trees import SCHEMA as TREE_SCHEMA
from c360_audit.store.sqlite.trees import SqliteTrees
from c360_audit.store.sqlite.unit import NEXT, SqliteAuditUnit

_MEND = "move it away, a new one is filled from the log"


class SqliteAuditLog(SqliteProjection, AuditLog):
    """An AuditLog in one file."""

    def __init__(self, path: Path, signer: TreeSigner) -> None:
        super().__init__(path, f"{SCHEMA};{TREE_SCHEMA}", _MEND, FORMAT)
        self._trees = SqliteTrees(self.connection, signer)

    @property
    @override
    def trees(self) -> SqliteTrees:
        return self._trees

    @override
    @asynccontextmanager
    async def evidence(self) -> AsyncGenerator[SqliteEvidence]:
        with self.reading():
            self.connection.execute("BEGIN")
            try:
                yield SqliteEvidence(self.connection, self._trees)
            finally:
                self.connection.execute("ROLLBACK")

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[SqliteAuditUnit]:
        unit = SqliteAuditUnit(self.connection, self.epoch, self._trees)
        async with self.transaction(unit):
            yield unit

    @override
    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        return self._found(query, above(after, limit))

    @override
    async def latest(self, query: AuditQuery, before: int | None, limit: int) -> Sequence[Leaf]:
        return self._found(query, below(before, limit))

    def _found(self, query: AuditQuery, span: Span) -> Sequence[Leaf]:
        with self.reading():
            numbers = find(self.connection, query, span)
            rows = self.connection.execute(*leaves_of(numbers, span)).fetchall()
        return [Leaf(number, read_audited(entry, data)) for number, entry, data in rows]

    @override
    async def expire(self, before: int, limit: int) -> int:
        return await asyncio.to_thread(self._expire, before, limit)

    def _expire(self, before: int, limit: int) -> int:
        with writing(self.connection):
            return removal.remove_oldest(self.connection, before, limit)

    @override
    async def rules_used(self) -> Mapping[str, int]:
        with self.reading():
            return summary.rules_used(self.connection)

    @override
    async def actors(self) -> Mapping[Actor, int]:
        with self.reading():
            return summary.actors(self.connection)

    @override
    async def activity(self, since: int, until: int) -> Sequence[Activity]:
        with self.reading():
            return await asyncio.to_thread(summary.activity, self.connection, since, until)

    @override
    async def performed(self, since: int, until: int) -> Sequence[Performed]:
        with self.reading():
            return alike.alike(self.connection, since, until)

    @override
    async def touched(self, keys: Sequence[str], since: int, until: int) -> int:
        with self.reading():
            return alike.touched(self.connection, keys, since, until)

    @override
    async def touching(
        self, keys: Sequence[str], names: Collection[str], since: int, until: int
    ) -> Touching:
        with self.reading():
            return alike.touching(self.connection, keys, names, since, until)

    @override
    async def counts(self) -> Mapping[str, int]:
        with self.reading():
            return {"operations": self.connection.execute(NEXT).fetchone()[0]}
