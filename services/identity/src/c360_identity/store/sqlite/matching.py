"""Values compared, blocks and pairs in the SQLite file of identity."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.record import RecordKey

from c360_identity.store.matching_port import Blocks, Doubtful, Match, MatchingChanges, by_limit
from c360_identity.store.sqlite.blocks import SCHEMA as BLOCKS
from c360_identity.store.sqlite.blocks import SqliteBlocks
from c360_identity.store.sqlite.reads import GraphReads

SCHEMA = f"""{BLOCKS};
CREATE TABLE IF NOT EXISTS compared(record INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS match(
  a INTEGER NOT NULL, b INTEGER NOT NULL, bits REAL NOT NULL, accepted INTEGER NOT NULL,
  PRIMARY KEY(a, b)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS match_b ON match(b)
"""
_COMPARED = (
    "SELECT c.record, c.said FROM json_each(?) q CROSS JOIN compared c ON c.record = q.value"
)
_NAMED = (
    "SELECT r.id, r.source, r.key, c.said FROM json_each(?) q"
    " CROSS JOIN record r ON r.id = q.value CROSS JOIN compared c ON c.record = r.id"
)
_ABOUT = (
    "SELECT m.a, m.b, m.bits, m.accepted FROM json_each(?1) q CROSS JOIN match m ON m.a = q.value"
    " UNION SELECT m.a, m.b, m.bits, m.accepted FROM json_each(?1) q"
    " CROSS JOIN match m ON m.b = q.value"
)
# Few of all pairs are evidence: to read the others would take longer than to find these.
_EVIDENCE_ABOUT = (
    "SELECT m.a, m.b, m.bits FROM json_each(?1) q CROSS JOIN match m"
    " ON m.a = q.value AND m.accepted = 1"
    " UNION ALL SELECT m.a, m.b, m.bits FROM json_each(?1) q CROSS JOIN match m"
    " ON m.b = q.value AND m.accepted = 1"
)
_DOUBTFUL = (
    "SELECT a.source, a.key, b.source, b.key, max(a.age, b.age) AS since, m.bits FROM match m"
    " CROSS JOIN record a ON a.id = m.a CROSS JOIN record b ON b.id = m.b"
    " WHERE m.accepted = 0 AND max(a.age, b.age) >= ?"
    " ORDER BY since, a.source, a.key, b.source, b.key LIMIT ? OFFSET ?"
)
_ANY = "SELECT 1 FROM match LIMIT 1"
_SAY = "INSERT OR REPLACE INTO compared VALUES (?,?)"
_UNSAY = "DELETE FROM compared WHERE record=?"
_PUT = "INSERT OR REPLACE INTO match VALUES (?,?,?,?)"
_DROP = "DELETE FROM match WHERE a=? AND b=?"


class SqliteMatching:
    """A `MatchingGraph` on one SQLite connection, without waiting."""

    def __init__(self, connection: sqlite3.Connection, reads: GraphReads) -> None:
        self._connection = connection
        self._blocks = SqliteBlocks(connection)
        self._reads = reads

    def compared(self, records: Collection[RecordKey]) -> dict[RecordKey, str]:
        """The values of records that are compared; of those that say something."""
        by_id = self._by_id(records)
        return {by_id[number]: said for number, said in self._reads.select(_COMPARED, by_id)}

    def blocks(self, most: Mapping[int, int]) -> Blocks:
        """Those of these blocks that hold anybody; None of one that holds as many as is said."""
        held: dict[int, list[int]] = {}
        for limit, keys in by_limit(most).items():
            held.update(self._blocks.members(keys, limit))
        few = {key: numbers for key, numbers in held.items() if len(numbers) < most[key]}
        names: dict[int, RecordKey] = {}
        said: dict[RecordKey, str] = {}
        rows = self._reads.select(_NAMED, set(chain.from_iterable(few.values())))
        for number, source, key, text in rows:
            name = names[number] = RecordKey(source, key)
            self._reads.record_ids[name] = number
            said[name] = text
        members = {key: [names[one] for one in numbers] for key, numbers in few.items()}
        return Blocks({**dict.fromkeys(held), **members}, said)

    def matches_about(self, records: Collection[RecordKey]) -> dict[Pair, Match]:
        """All pairs that one of these records is in."""
        if self._connection.execute(_ANY).fetchone() is None:
            return {}
        keys = self._by_id(records)
        rows = list(self._reads.select(_ABOUT, keys))
        keys |= self._others(rows, keys)
        return {
            pair_of(keys[a], keys[b]): Match(bits, accepted == 1) for a, b, bits, accepted in rows
        }

    def evidence_about(self, records: Collection[RecordKey]) -> dict[Pair, float]:
        """The pairs of these that are evidence, and the bits of each."""
        if self._connection.execute(_ANY).fetchone() is None:
            return {}
        keys = self._by_id(records)
        rows = list(self._reads.select(_EVIDENCE_ABOUT, keys))
        keys |= self._others(rows, keys)
        return {pair_of(keys[a], keys[b]): bits for a, b, bits in rows}

    def _others(
        self, rows: Sequence[Sequence[Any]], known: Mapping[int, RecordKey]
    ) -> dict[int, RecordKey]:
        """The records of these pairs that are not known."""
        return self._reads.keys_of({one for row in rows for one in row[:2]} - known.keys())

    def doubtful(self, since: str, skip: int, limit: int) -> list[Doubtful]:
        """The pairs that are no evidence, in the order of (since, pair)."""
        rows = self._connection.execute(_DOUBTFUL, (since, limit, skip))
        return [
            Doubtful(pair_of(RecordKey(s, k), RecordKey(t, u)), at, bits)
            for s, k, t, u, at, bits in rows.fetchall()
        ]

    def keep(self, changes: MatchingChanges) -> None:
        """Write it; the records are kept already."""
        keys = {*changes.placed, *(key for pair in changes.matches for key in pair)}
        self._reads.ids_of(keys)
        ids, write = self._reads.record_ids, self._connection.executemany
        placed = changes.placed.items()
        write(_SAY, [(ids[key], one.said) for key, one in placed if one.said])
        write(_UNSAY, [(ids[key],) for key, one in placed if not one.said])
        self._blocks.change(
            [(block, ids[key]) for key, one in placed for block in one.left],
            [(block, ids[key]) for key, one in placed for block in one.entered],
        )
        put = ((pair, one) for pair, one in changes.matches.items() if one is not None)
        write(_PUT, sorted((ids[a], ids[b], *one) for (a, b), one in put))
        gone = (pair for pair, one in changes.matches.items() if one is None)
        write(_DROP, [(ids[a], ids[b]) for a, b in gone])

    def _by_id(self, records: Iterable[RecordKey]) -> dict[int, RecordKey]:
        held = list(records)
        numbered = zip(self._reads.ids_of(held), held, strict=True)
        return {number: key for number, key in numbered if number is not None}
