"""Operations of the file that are alike, counted without what their entries say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from c360_kernel.payload import CoordinateUse

from c360_audit.domain.activity import Actor
from c360_audit.domain.marks import KIND
from c360_audit.domain.performed import OPERATION, Performed, uses_of
from c360_audit.store.reading import read_audited
from c360_audit.store.sqlite.blocks import SHIFT, span

_COUNTED = (
    "SELECT footprint, actor, sum(times), max(at), max(number) FROM leaf"
    f" WHERE number >= ? << {SHIFT} AND number < (? + 1) << {SHIFT} AND at >= ? AND at < ?"
    " AND footprint IN (SELECT footprint FROM footprint_mark WHERE mark = ?)"
    " GROUP BY footprint, actor ORDER BY footprint, actor"
)
_LEAF = "SELECT entry, data FROM payload WHERE number = ?"
_ACTORS = "SELECT id, principal, roles FROM actor"
_WANTED = "CREATE TEMP TABLE wanted(pair INTEGER PRIMARY KEY)"
_WANT = "INSERT OR IGNORE INTO temp.wanted VALUES (? << 32 | ?)"
_TOUCHED = (
    "SELECT count(DISTINCT s.subject) FROM leaf_subject s CROSS JOIN temp.wanted w"
    " ON w.pair = (s.footprint << 32 | s.actor)"
    " WHERE s.block BETWEEN ? AND ? AND s.at >= ? AND s.at < ?"
)


def alike(connection: sqlite3.Connection, since: int, until: int) -> Sequence[Performed]:
    """See `AuditSummary.performed`."""
    actors = {
        number: Actor(principal, tuple(json.loads(roles)))
        for number, principal, roles in connection.execute(_ACTORS)
    }
    given = (*span(connection, since, until), since, until, KIND + OPERATION)
    rows = connection.execute(_COUNTED, given).fetchall()
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
        connection.executemany(_WANT, _pairs(keys))
        given = (*span(connection, since, until), since, until)
        return connection.execute(_TOUCHED, given).fetchone()[0]
    finally:
        connection.execute("DROP TABLE temp.wanted")


def _pairs(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    for key in keys:
        footprint, _, actor = key.partition(".")
        yield int(footprint), int(actor)
