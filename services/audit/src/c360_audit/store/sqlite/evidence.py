"""What the file holds, read in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from c360_kernel.log.topics import AUDIT
from c360_kernel.sqlite import store_errors
from typing_extensions import override

from c360_audit.domain.placed_entry import Place
from c360_audit.store.evidence import AuditEvidence, Held, KeptRow, Stray
from c360_audit.store.expected import expected
from c360_audit.store.sqlite.strays import Expectations, strays
from c360_audit.store.sqlite.trees import SqliteTrees

_ROWS = """
SELECT l.number, coalesce(y.entry, ''), y.data, l.part, l.off, p.number, l.at, l.actor,
  l.footprint, l.times, l.signs, a.principal, a.roles, f.marks
FROM leaf l LEFT JOIN payload y ON y.number = l.number
  LEFT JOIN place p ON p.part = l.part AND p.off = l.off
  LEFT JOIN actor a ON a.id = l.actor LEFT JOIN footprint f ON f.id = l.footprint
WHERE l.number > ? ORDER BY l.number LIMIT ?
"""
_TILES = "SELECT part, level, count(*) FROM tile GROUP BY part, level"
_PLACES = "SELECT part, count(*) FROM place GROUP BY part"
_POSITIONS = "SELECT part, off FROM position WHERE topic = ?"


class SqliteEvidence(AuditEvidence):
    """AuditEvidence in a connection that is in a transaction."""

    def __init__(self, connection: sqlite3.Connection, trees: SqliteTrees) -> None:
        self._connection = connection
        self._trees = trees
        self._expectations = Expectations()

    @property
    @override
    def trees(self) -> SqliteTrees:
        return self._trees

    @override
    async def positions(self) -> Mapping[int, int]:
        with store_errors():
            return dict(self._connection.execute(_POSITIONS, (AUDIT,)).fetchall())

    @override
    async def held(self) -> Mapping[int, Held]:
        with store_errors():
            tiles = self._connection.execute(_TILES).fetchall()
            places = dict(self._connection.execute(_PLACES).fetchall())
        parts = {part for part, _, _ in tiles} | places.keys()
        return {
            part: Held({level: n for p, level, n in tiles if p == part}, places.get(part, 0))
            for part in sorted(parts)
        }

    @override
    async def rows(self, after: int, limit: int) -> Sequence[KeptRow]:
        with store_errors():
            rows = self._connection.execute(_ROWS, (after, limit)).fetchall()
        return [self._checked(row) for row in rows]

    # What SQLite gives back is of the types that the tables are declared with.
    def _checked(self, row: tuple[Any, ...]) -> KeptRow:
        number, entry, data, part, off, placed, at, actor, footprint, times, signs, *joined = row
        principal, roles, marks = joined
        place = Place(part, off) if placed == number else None
        derived = None if data is None else expected(entry, data)
        if derived is None:
            return KeptRow(number, entry, place, ("payload",))
        self._expectations.add(number, actor, footprint, derived)
        wanted = {
            "at": at == derived.at,
            "actor": (principal, roles)
            == (derived.actor.principal, json.dumps(derived.actor.roles)),
            "footprint": marks == "\n".join(derived.marks),
            "times": times == derived.times,
            "signs": signs == int(derived.signs),
        }
        faults = tuple(name for name, holds in wanted.items() if not holds)
        return KeptRow(number, entry, place, faults)

    @override
    async def strays(self) -> Sequence[Stray]:
        with store_errors():
            return strays(self._connection, self._expectations)
