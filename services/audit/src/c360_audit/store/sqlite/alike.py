"""Operations of the file that are alike, counted out of an index that holds all of that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from c360_kernel.payload import CoordinateUse

from c360_audit.domain.activity import Actor
from c360_audit.domain.marks import KIND
from c360_audit.domain.performed import OPERATION, Performed, uses_of
from c360_audit.store.reading import read_audited

_COUNTED = (
    "SELECT footprint, actor, sum(times), max(at), max(number) FROM leaf INDEXED BY leaf_footprint"
    " WHERE footprint IN (SELECT footprint FROM footprint_mark WHERE mark = ?)"
    " AND at >= ? AND at < ? GROUP BY footprint, actor ORDER BY footprint, actor"
)
_LEAF = "SELECT entry, data FROM leaf WHERE number = ?"
_ACTORS = "SELECT id, principal, roles FROM actor"
_WANTED = (
    "CREATE TEMP TABLE wanted(footprint INTEGER, actor INTEGER, PRIMARY KEY(footprint, actor))"
)
_TOUCHED = (
    "SELECT count(DISTINCT s.subject) FROM leaf_subject s JOIN temp.wanted w"
    " ON w.footprint = s.footprint AND w.actor = s.actor WHERE s.at >= ? AND s.at < ?"
)


def alike(connection: sqlite3.Connection, since: int, until: int) -> Sequence[Performed]:
    """See `AuditSummary.performed`."""
    actors = {
        number: Actor(principal, tuple(json.loads(roles)))
        for number, principal, roles in connection.execute(_ACTORS)
    }
    rows = connection.execute(_COUNTED, (KIND + OPERATION, since, until)).fetchall()
    # All leaves of a footprint say the same of it, so one of them is read.
    one_of = {footprint: number for footprint, _, _, _, number in rows}
    common = {footprint: _common(connection, number) for footprint, number in one_of.items()}
    return [
        Performed(f"{footprint}.{actor}", actors[actor], *common[footprint], operations, last_at)
        for footprint, actor, operations, last_at, _ in rows
    ]


def _common(
    connection: sqlite3.Connection, number: int
) -> tuple[str, str, tuple[CoordinateUse, ...]]:
    """Purpose, kind and uses of a leaf, and so of all of its footprint."""
    entry, data = connection.execute(_LEAF, (number,)).fetchone()
    one = read_audited(entry, data).operation
    return one.purpose, one.operation_kind, uses_of(one)


def touched(connection: sqlite3.Connection, keys: Sequence[str], since: int, until: int) -> int:
    """See `AuditSummary.touched`."""
    connection.execute(_WANTED)
    try:
        connection.executemany("INSERT OR IGNORE INTO temp.wanted VALUES (?,?)", _pairs(keys))
        return connection.execute(_TOUCHED, (since, until)).fetchone()[0]
    finally:
        connection.execute("DROP TABLE temp.wanted")


def _pairs(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    for key in keys:
        footprint, _, actor = key.partition(".")
        yield int(footprint), int(actor)
