"""How operations are written into the file: rows of a batch, each table in few steps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.payload import OperationAudited
from c360_kernel.sqlite_rows import insert_rows

from c360_audit.domain.activity import signs_of
from c360_audit.domain.operation import Audited
from c360_audit.domain.placed_entry import Place
from c360_audit.store.sqlite import blocks

_ROLE_SETS, _MARK_SETS = 1_024, 4_096
_Named = tuple[str, str]
"""An actor as its row names it: the principal, and the roles as JSON."""


class Kept(NamedTuple):
    """An operation on its way: its number, and where its entry stands."""

    number: int
    place: Place
    audited: Audited


_Met = tuple[Kept, OperationAudited, int, int]
"""What is kept, what it says, its actor and its footprint."""


def write(connection: sqlite3.Connection, kept: Sequence[Kept]) -> None:
    """Write operations that the file does not have; in a transaction."""
    met = _met(connection, kept)
    payloads = [(number, one.entry_id, one.data) for number, _, one in kept]
    insert_rows(connection, "INSERT INTO payload", payloads)
    insert_rows(connection, "INSERT INTO leaf", [_leaf(*one) for one in met])
    insert_rows(connection, "INSERT INTO leaf_subject", list(_subjects(met)))
    noted = ((one.number, operation.at, actor, marked) for one, operation, actor, marked in met)
    blocks.note(connection, noted)


def _met(connection: sqlite3.Connection, kept: Sequence[Kept]) -> list[_Met]:
    operation = [one.audited.operation for one in kept]
    named = [(one.principal, _roles(one.roles)) for one in operation]
    marks = [_text(one.audited.marks) for one in kept]
    actors, footprints = _actors(connection, set(named)), _footprints(connection, set(marks))
    numbers = [actors[one] for one in named], [footprints[one] for one in marks]
    return list(zip(kept, operation, *numbers, strict=True))


@lru_cache(_ROLE_SETS)
def _roles(roles: tuple[str, ...]) -> str:
    return json.dumps(sorted(set(roles)))


@lru_cache(_MARK_SETS)
def _text(marks: frozenset[str]) -> str:
    return "\n".join(sorted(marks))


def _actors(connection: sqlite3.Connection, named: set[_Named]) -> Mapping[_Named, int]:
    principals = {principal for principal, _ in named}
    sql = f"SELECT principal, roles, id FROM actor WHERE principal IN ({_placeholders(principals)})"
    held = {(who, roles): one for who, roles, one in connection.execute(sql, list(principals))}
    for one in named - held.keys():
        sql = "INSERT INTO actor(principal, roles) VALUES (?,?) RETURNING id"
        (held[one],) = connection.execute(sql, one).fetchone()
    return held


def _footprints(connection: sqlite3.Connection, marks: set[str]) -> Mapping[str, int]:
    sql = f"SELECT marks, id FROM footprint WHERE marks IN ({_placeholders(marks)})"
    held: dict[str, int] = dict(connection.execute(sql, list(marks)).fetchall())
    for one in marks - held.keys():
        sql = "INSERT INTO footprint(marks) VALUES (?) RETURNING id"
        (held[one],) = connection.execute(sql, (one,)).fetchone()
        rows = [(mark, held[one]) for mark in one.split("\n")]
        insert_rows(connection, "INSERT INTO footprint_mark", rows)
    return held


def _leaf(one: Kept, operation: OperationAudited, actor: int, footprint: int) -> tuple[object, ...]:
    part, off = one.place
    return (
        one.number,
        part,
        off,
        operation.at,
        actor,
        footprint,
        operation.times,
        int(signs_of(operation)),
    )


def _subjects(met: Iterable[_Met]) -> Iterator[tuple[object, ...]]:
    """Each customer of each leaf, once."""
    for one, operation, actor, footprint in met:
        block = blocks.block_of(one.number)
        for subject in set(operation.subjects):
            yield block, subject, footprint, one.number, operation.at, actor


def _placeholders(values: set[str]) -> str:
    return ",".join("?" * len(values))
