"""What the file holds, read in one transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from c360_kernel.log.topics import AUDIT
from c360_kernel.sqlite import store_errors
from typing_extensions import override

from c360_audit.domain.placed_entry import Place
from c360_audit.store.evidence import AuditEvidence, Held, KeptRow, Stray
from c360_audit.store.expected import Expected, expected
from c360_audit.store.sqlite.trees import SqliteTrees

_ROWS = """
SELECT l.number, l.entry, l.at, l.principal, l.actor, l.footprint, l.times, l.signs, l.data,
  a.principal, a.roles, f.marks,
  (SELECT p.part || ' ' || p.off FROM place p WHERE p.entry = l.entry
    ORDER BY p.part, p.off LIMIT 1),
  (SELECT count(*) FROM place p WHERE p.entry = l.entry AND p.data <> l.data)
FROM leaf l LEFT JOIN actor a ON a.id = l.actor LEFT JOIN footprint f ON f.id = l.footprint
WHERE l.number > ? ORDER BY l.number LIMIT ?
"""
_SUBJECT = "SELECT at, actor FROM leaf_subject WHERE subject = ? AND footprint = ? AND number = ?"
_TILES = "SELECT part, level, count(*) FROM tile GROUP BY part, level"
_PLACES = "SELECT part, count(*) FROM place GROUP BY part"
_ALL_SUBJECTS = "SELECT subject, footprint, number, at, actor FROM leaf_subject"
_PLACE = (
    "(SELECT p.part || ' ' || p.off FROM place p WHERE p.entry = l.entry"
    " ORDER BY p.part, p.off LIMIT 1)"
)
_LEAVES = f"SELECT number, entry, data, actor, footprint, {_PLACE} FROM leaf l"
_SUBJECTS = (
    f"SELECT s.subject, s.number, l.entry, l.data, {_PLACE}"
    " FROM leaf_subject s LEFT JOIN leaf l USING(number)"
)
_POSITIONS = "SELECT part, off FROM position WHERE topic = ?"


class SqliteEvidence(AuditEvidence):
    """AuditEvidence in a connection that is in a transaction."""

    def __init__(self, connection: sqlite3.Connection, trees: SqliteTrees) -> None:
        self._connection = connection
        self._trees = trees
        self._subjects = 0
        self._key = secrets.token_bytes(32)
        self._last_at: dict[tuple[str, int], int] = {}

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
        number, entry, at, principal, actor, footprint, times, signs, data, *joined = row
        of_actor, roles, marks, place, others = joined
        derived = expected(entry, data)
        if derived is None:
            return KeptRow(number, entry, _place(place), ("payload",))
        self._note("actor", actor, derived.at)
        self._note("footprint", footprint, derived.at)
        self._count_subjects(derived, footprint, number, actor)
        wanted = {
            "at": at == derived.at,
            "principal": principal == derived.principal,
            "actor": (of_actor, roles)
            == (derived.actor.principal, json.dumps(derived.actor.roles)),
            "footprint": marks == "\n".join(derived.marks),
            "times": times == derived.times,
            "signs": signs == int(derived.signs),
            "payload": not others,
        }
        faults = tuple(name for name, holds in wanted.items() if not holds)
        return KeptRow(number, entry, _place(place), faults)

    def _note(self, table: str, number: int, at: int) -> None:
        self._last_at[table, number] = max(at, self._last_at.get((table, number), at))

    def _hash(self, row: tuple[object, ...]) -> int:
        row_bytes = repr(row).encode()
        # Under a key of the moment: nobody can look for rows that make up for each other.
        return int.from_bytes(hashlib.blake2b(row_bytes, key=self._key, digest_size=16).digest())

    def _count_subjects(self, derived: Expected, footprint: int, number: int, actor: int) -> None:
        for subject in derived.subjects:
            self._subjects += self._hash((subject, footprint, number, derived.at, actor))

    @override
    async def strays(self) -> Sequence[Stray]:
        with store_errors():
            others = [Stray(stray) for stray in (*self._stray_marks(), *self._stray_times())]
            return [*self._stray_subjects(), *others]

    def _stray_subjects(self) -> Sequence[Stray]:
        """Looked for one by one only where the sum of the hashes of all of them is another."""
        held = sum(map(self._hash, self._connection.execute(_ALL_SUBJECTS)))
        if held == self._subjects:
            return []
        lacking = [
            Stray(f"the customers of operation {number}", _place(place))
            for number, entry, data, actor, footprint, place in self._connection.execute(_LEAVES)
            if not self._has_subjects(expected(entry, data), footprint, number, actor)
        ]
        more = [
            Stray(f"a customer of operation {number}", _place(place))
            for subject, number, entry, data, place in self._connection.execute(_SUBJECTS)
            if not _names(subject, entry, data)
        ]
        return [*lacking, *more] or [Stray("a customer of an operation")]

    def _has_subjects(
        self, derived: Expected | None, footprint: int, number: int, actor: int
    ) -> bool:
        if derived is None:
            return True
        named = [(one, footprint, number) for one in derived.subjects]
        found = [self._connection.execute(_SUBJECT, one).fetchone() for one in named]
        return all(one == (derived.at, actor) for one in found)

    def _stray_marks(self) -> list[str]:
        unmatched: dict[int, set[str]] = {}
        for mark, footprint in self._connection.execute(
            "SELECT mark, footprint FROM footprint_mark"
        ):
            unmatched.setdefault(footprint, set()).add(mark)
        for footprint, marks in self._connection.execute("SELECT id, marks FROM footprint"):
            if unmatched.pop(footprint, set[str]()) != set(marks.split("\n")):
                unmatched[footprint] = set()
        return [f"what footprint {one} is found by" for one in sorted(unmatched)]

    def _stray_times(self) -> list[str]:
        found: list[str] = []
        for table in ("actor", "footprint"):
            for one, last_at in self._connection.execute(f"SELECT id, last_at FROM {table}"):
                if self._last_at.get((table, one), self._expired(last_at)) != last_at:
                    found.append(f"when {table} {one} was last met")
        return found

    def _expired(self, last_at: int) -> int | None:
        """What lingers of operations that were all removed was met before the rest."""
        first, at = self._connection.execute("SELECT min(number), min(at) FROM leaf").fetchone()
        return last_at if first and last_at <= at else None


def _place(text: object) -> Place | None:
    if text is None:
        return None
    partition, _, offset = str(text).partition(" ")
    return Place(int(partition), int(offset))


def _names(subject: str, entry: str | None, data: bytes | None) -> bool:
    derived = None if entry is None or data is None else expected(entry, data)
    return derived is not None and subject in derived.subjects
