"""One batch on its way into the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from c360_kernel.log.entry import Entry
from c360_kernel.projection.sqlite import SqliteUnit
from c360_kernel.sqlite_rows import insert_rows
from typing_extensions import override

from c360_audit.domain.activity import Actor, signs_of
from c360_audit.domain.operation import Audited, Leaf
from c360_audit.domain.placed_entry import PlacedEntry
from c360_audit.store.gathering import once_each
from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.port import AuditUnit
from c360_audit.store.sqlite.trees import SqliteTrees

NEXT = "SELECT coalesce(max(number) + 1, 0) FROM leaf"
_FOOTPRINT = (
    "INSERT INTO footprint(marks, last_at) VALUES (?,?)"
    " ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at) RETURNING id"
)
_NAMED = "SELECT value->>0 AS principal, value->>1 AS roles, value->>2 AS last_at FROM json_each(?)"
_ACTORS = (
    f"INSERT INTO actor(principal, roles, last_at) {_NAMED} WHERE true"
    " ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)"
)
# One row, because each costs a turn of the interpreter.
_ACTOR_IDS = (
    f"SELECT json_group_array(id) FROM ({_NAMED})"
    " AS named CROSS JOIN actor USING (principal, roles)"
)
_ROLE_SETS = 1_024
K = TypeVar("K", bound=Hashable)


class _Placed(NamedTuple):
    leaf: Leaf
    actor: int
    footprint: int


class SqliteAuditUnit(SqliteUnit, AuditUnit):
    """A unit of work on an open transaction."""

    def __init__(self, connection: sqlite3.Connection, epoch: int, trees: SqliteTrees) -> None:
        super().__init__(connection, epoch)
        self._trees = trees
        self._placed_entries: list[PlacedEntry] = []
        self._kept: dict[str, bytes] = {}

    @override
    def place(self, placed: Sequence[PlacedEntry]) -> None:
        self._placed_entries += placed

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        await super().dead_letter(entry, group, code)
        self.place([placed_entry(entry)])

    @override
    async def flush(self) -> None:
        await super().flush()
        self._trees.grow(self._placed_entries, self._kept)

    @override
    def keep(self, audited: Sequence[Audited]) -> None:
        fresh = self._unknown(audited)
        self._kept |= {one.entry_id: one.data for one in fresh}
        first = self.connection.execute(NEXT).fetchone()[0]
        leaves = [Leaf(number, one) for number, one in enumerate(fresh, first)]
        placed = self._placed(leaves)
        insert_rows(self.connection, "INSERT INTO leaf", list(map(_row, placed)))
        insert_rows(self.connection, "INSERT INTO leaf_subject", list(_subject_rows(placed)))

    def _placed(self, leaves: Sequence[Leaf]) -> list[_Placed]:
        actors = [Actor.of(leaf.audited.operation) for leaf in leaves]
        marks = [leaf.audited.marks for leaf in leaves]
        by_actor = self._actors(_last(actors, leaves))
        by_marks = {one: self._footprint(one, at) for one, at in _last(marks, leaves).items()}
        return [
            _Placed(leaf, by_actor[actor], by_marks[marked])
            for leaf, actor, marked in zip(leaves, actors, marks, strict=True)
        ]

    def _actors(self, last: Mapping[Actor, int]) -> Mapping[Actor, int]:
        named = json.dumps([(one.principal, _roles(one.roles), at) for one, at in last.items()])
        self.connection.execute(_ACTORS, (named,))
        ((ids,),) = self.connection.execute(_ACTOR_IDS, (named,))
        return dict(zip(last, json.loads(ids), strict=True))

    def _footprint(self, marks: frozenset[str], at: int) -> int:
        named = ("\n".join(sorted(marks)), at)
        found = self.connection.execute(_FOOTPRINT, named).fetchone()[0]
        rows = ((mark, found) for mark in marks)
        self.connection.executemany("INSERT OR IGNORE INTO footprint_mark VALUES (?,?)", rows)
        return found

    def _unknown(self, audited: Sequence[Audited]) -> list[Audited]:
        by_id = once_each(audited)
        question = ",".join("?" * len(by_id))
        sql = f"SELECT entry FROM leaf WHERE entry IN ({question})"
        known = {entry for (entry,) in self.connection.execute(sql, list(by_id))}
        return [one for name, one in by_id.items() if name not in known]


@lru_cache(_ROLE_SETS)
def _roles(roles: tuple[str, ...]) -> str:
    return json.dumps(roles)


def _last(keys: Sequence[K], leaves: Sequence[Leaf]) -> Mapping[K, int]:
    """The latest time of each."""
    found: dict[K, int] = {}
    for key, leaf in zip(keys, leaves, strict=True):
        at = leaf.audited.operation.at
        found[key] = max(at, found.get(key, at))
    return found


def _row(one: _Placed) -> tuple[object, ...]:
    audited = one.leaf.audited
    operation = audited.operation
    place = (
        one.leaf.number,
        audited.entry_id,
        operation.at,
        operation.principal,
        one.actor,
        one.footprint,
    )
    return *place, operation.times, int(signs_of(operation)), audited.data


def _subject_rows(placed: Iterable[_Placed]) -> Iterable[tuple[object, ...]]:
    """Each customer of each leaf, once."""
    for leaf, actor, footprint in placed:
        operation = leaf.audited.operation
        for subject in set(operation.subjects):
            yield subject, footprint, leaf.number, operation.at, actor
