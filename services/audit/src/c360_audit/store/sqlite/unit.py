"""One batch on its way into the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from c360_kernel.log.entry import Entry
from c360_kernel.projection.sqlite import SqliteUnit
from typing_extensions import override

from c360_audit.domain.operation import Audited
from c360_audit.domain.placed_entry import Place, PlacedEntry
from c360_audit.store.gathering import once_each
from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.port import AuditUnit
from c360_audit.store.sqlite.keeping import Kept, write
from c360_audit.store.sqlite.trees import SqliteTrees

NEXT = "SELECT coalesce(max(number) + 1, 0) FROM leaf"


class SqliteAuditUnit(SqliteUnit, AuditUnit):
    """A unit of work on an open transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, trees: SqliteTrees) -> None:
        super().__init__(connection, epoch)
        self._trees = trees
        self._placed: list[PlacedEntry] = []
        self._audited: list[Audited] = []

    @override
    def keep(self, audited: Sequence[Audited]) -> None:
        self._audited += audited

    @override
    def place(self, placed: Sequence[PlacedEntry]) -> None:
        self._placed += placed

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        await super().dead_letter(entry, group, code)
        self.place([placed_entry(entry)])

    @override
    async def flush(self) -> None:
        await super().flush()
        kept = self._kept()
        write(self.connection, kept)
        self._trees.grow(self._placed, {one.place: one.number for one in kept})

    def _kept(self) -> list[Kept]:
        """What is not in the file yet, numbered, where it stands first."""
        places: dict[str, Place] = {}
        for one in self._placed:
            places.setdefault(one.entry_id, one.place)
        first = self.connection.execute(NEXT).fetchone()[0]
        fresh = self._unknown()
        return [Kept(n, places[one.entry_id], one) for n, one in enumerate(fresh, first)]

    def _unknown(self) -> list[Audited]:
        by_id = once_each(self._audited)
        question = ",".join("?" * len(by_id))
        sql = f"SELECT entry FROM payload WHERE entry IN ({question})"
        known = {entry for (entry,) in self.connection.execute(sql, list(by_id))}
        return [one for name, one in by_id.items() if name not in known]
