"""Operations of the file that are alike, counted without what their entries say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager

from c360_kernel.payload import CoordinateUse

from c360_audit.domain.activity import Actor
from c360_audit.domain.marks import KIND
from c360_audit.domain.performed import OPERATION, Performed, Touching, uses_of
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
_NAMED = "CREATE TEMP TABLE named(subject TEXT PRIMARY KEY) WITHOUT ROWID"
_TOUCHING = (
    "SELECT DISTINCT {} FROM leaf_subject s CROSS JOIN temp.wanted w"
    " ON w.pair = (s.footprint << 32 | s.actor) CROSS JOIN temp.named n ON n.subject = s.subject"
    " WHERE s.block BETWEEN ? AND ? AND s.at >= ? AND s.at < ?"
)


def alike(connection: sqlite3.Connection, since: int, until: int) -> Sequence[Performed]:
    """The operations of a span, those that are alike counted together."""
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
    """How many names of customers the operations of these keys touched."""
    with _wanted(connection, keys):
        given = (*span(connection, since, until), since, until)
        return connection.execute(_TOUCHED, given).fetchone()[0]


def touching(
    connection: sqlite3.Connection,
    keys: Sequence[str],
    names: Collection[str],
    since: int,
    until: int,
) -> Touching:
    """What the operations of these keys had to do with the customers of these names."""
    with _wanted(connection, keys), _temporary(connection, _NAMED, "named"):
        connection.executemany(
            "INSERT OR IGNORE INTO temp.named VALUES (?)", ((one,) for one in names)
        )
        given = (*span(connection, since, until), since, until)
        leaves = connection.execute(_TOUCHING.format("s.number"), given).fetchall()
        found = connection.execute(_TOUCHING.format("s.subject"), given)
        return Touching(len(leaves), frozenset(name for (name,) in found))


@contextmanager
def _wanted(connection: sqlite3.Connection, keys: Sequence[str]) -> Generator[None]:
    with _temporary(connection, _WANTED, "wanted"):
        connection.executemany(_WANT, _pairs(keys))
        yield


@contextmanager
def _temporary(connection: sqlite3.Connection, made: str, name: str) -> Generator[None]:
    connection.execute(made)
    try:
        yield
    finally:
        connection.execute(f"DROP TABLE temp.{name}")


def _pairs(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    for key in keys:
        footprint, _, actor = key.partition(".")
        yield int(footprint), int(actor)
