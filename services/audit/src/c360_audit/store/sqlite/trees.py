"""The trees in the file of the audit log."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from c360_kernel.sqlite import store_errors, writing
from c360_kernel.sqlite_rows import insert_rows
from typing_extensions import override

from c360_audit.domain.merkle.tiles import Edge, Growth, TileName, edge_of
from c360_audit.domain.placed_entry import Place, PlacedEntry
from c360_audit.store.growing import by_partition, grown
from c360_audit.store.signing import TreeSigner
from c360_audit.store.trees import AuditTrees, KeptCheckpoint

SCHEMA = """
CREATE TABLE IF NOT EXISTS place(
  part INTEGER NOT NULL, off INTEGER NOT NULL, number INTEGER, head TEXT NOT NULL,
  entry TEXT, data BLOB, PRIMARY KEY(part, off)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS place_entry ON place(entry) WHERE entry IS NOT NULL;
CREATE TABLE IF NOT EXISTS tile(
  part INTEGER NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY(part, level, idx)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS checkpoint(
  part INTEGER NOT NULL, size INTEGER NOT NULL, before INTEGER NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY(part, size)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS statement(name TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT
"""
_PLACED = (
    "SELECT p.part, p.off, coalesce(p.entry, y.entry, ''), p.head, coalesce(p.data, y.data)"
    " FROM place p LEFT JOIN payload y ON y.number = p.number"
    " WHERE p.part = ? AND p.off >= ? ORDER BY p.off LIMIT ?"
)
_TILE = "SELECT hashes FROM tile WHERE part = ? AND level = ? AND idx = ?"
_PUT_TILE = "INSERT INTO tile VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes"
_PUT_PLACE = "INSERT OR IGNORE INTO place"
_NEWEST = "SELECT note, size FROM checkpoint WHERE part = ? ORDER BY size DESC LIMIT 1"
# By the index, however many checkpoints there are.
_NEXT_PART = "SELECT min(part) FROM checkpoint WHERE part > ?"
_ABOVE = (
    "SELECT before, size, note FROM checkpoint WHERE part = ? AND size > ? ORDER BY size LIMIT ?"
)
_STATE = "INSERT INTO statement VALUES (?,?) ON CONFLICT DO UPDATE SET note = excluded.note"
# Of one partition they are numbered as they stand, and what is older goes: it is one of the first.
_YOUNGER = "SELECT off FROM leaf WHERE part = ? AND at >= ? ORDER BY number LIMIT 1"
_PLACE_OF = (
    "SELECT part, off FROM leaf WHERE number = (SELECT number FROM payload WHERE entry = ?1)"
    " UNION SELECT part, off FROM place WHERE entry = ?1 ORDER BY part, off LIMIT 1"
)
_FIRST = TileName(0, 0)
_BELOW = -(2**62)
_LOG = "SELECT value FROM meta WHERE name = 'origin_log'"


class SqliteTrees(AuditTrees):
    """AuditTrees in a connection, which whoever opened it closes."""

    def __init__(self, connection: sqlite3.Connection, signer: TreeSigner) -> None:
        self._connection = connection
        self._signer = signer

    def grow(self, placed: Iterable[PlacedEntry], kept: Mapping[Place, int]) -> None:
        """Append to the trees within the transaction that is open. Raises `Unusable`.

        `kept` are the numbers of the operations that are kept with their payloads, by place.
        """
        for partition, those in by_partition(placed).items():
            rows = [_row(one, kept.get(one.place)) for one in those]
            insert_rows(self._connection, _PUT_PLACE, rows)
            edge = self._edge(partition)
            before, growth = edge.size, grown(edge, those)
            if growth is not None:
                self._put(partition, before, growth)

    def _edge(self, partition: int) -> Edge:
        found = self._connection.execute(_NEWEST, (partition,)).fetchone()
        note, size = found or (None, 0)
        names = [_FIRST] if note is None else edge_of(size)
        tiles = self._read(partition, names)
        return self._signer.edge(self._log(), partition, note, tiles)

    def _put(self, partition: int, before: int, growth: Growth) -> None:
        tiles = [(partition, *name, hashes) for name, hashes in growth.tiles.items()]
        self._connection.executemany(_PUT_TILE, tiles)
        note = self._signer.checkpoint(self._log(), partition, growth)
        row = (partition, growth.size, before, note)
        self._connection.execute("INSERT INTO checkpoint VALUES (?,?,?,?)", row)

    def _log(self) -> str:
        found = self._connection.execute(_LOG).fetchone()
        return "" if found is None else found[0]

    def _read(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        found: dict[TileName, bytes] = {}
        for name in names:
            row = self._connection.execute(_TILE, (partition, *name)).fetchone()
            if row is not None:
                found[name] = row[0]
        return found

    @override
    async def newest(self) -> Mapping[int, str]:
        with store_errors():
            return {part: note for part, note, _ in self._heads()}

    def _heads(self) -> Iterator[tuple[int, str, int]]:
        """Of each partition its newest checkpoint and what size that is of."""
        part = self._next_part(_BELOW)
        while part is not None:
            note, size = self._connection.execute(_NEWEST, (part,)).fetchone()
            yield part, note, size
            part = self._next_part(part)

    def _next_part(self, after: int) -> int | None:
        return self._connection.execute(_NEXT_PART, (after,)).fetchone()[0]

    @override
    async def checkpoints(self, partition: int, above: int, limit: int) -> Sequence[KeptCheckpoint]:
        with store_errors():
            rows = self._connection.execute(_ABOVE, (partition, above, limit)).fetchall()
        return [KeptCheckpoint(*row) for row in rows]

    @override
    async def tiles(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        with store_errors():
            return self._read(partition, names)

    @override
    async def placed(self, partition: int, first: int, limit: int) -> Sequence[PlacedEntry]:
        with store_errors():
            rows = self._connection.execute(_PLACED, (partition, first, limit)).fetchall()
        return [PlacedEntry(Place(part, off), *rest) for part, off, *rest in rows]

    @override
    async def place_of(self, entry_id: str) -> Place | None:
        with store_errors():
            found = self._connection.execute(_PLACE_OF, (entry_id,)).fetchone()
        return None if found is None else Place(*found)

    @override
    async def younger(self, before: int) -> Mapping[int, int]:
        with store_errors():
            found: dict[int, int] = {}
            for part, _, size in self._heads():
                row = self._connection.execute(_YOUNGER, (part, before)).fetchone()
                found[part] = size if row is None else row[0]
            return found

    @override
    async def statements(self) -> Sequence[str]:
        with store_errors():
            rows = self._connection.execute("SELECT note FROM statement ORDER BY name").fetchall()
        return [note for (note,) in rows]

    @override
    async def state(self, name: str, note: str) -> None:
        with writing(self._connection):
            self._connection.execute(_STATE, (name, note))


def _row(one: PlacedEntry, number: int | None) -> tuple[object, ...]:
    """What is kept with an operation is not kept again."""
    if number is not None:
        return *one.place, number, one.head, None, None
    return *one.place, None, one.head, one.entry_id, one.data
