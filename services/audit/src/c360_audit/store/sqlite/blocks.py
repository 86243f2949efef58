"""Blocks of leaves: when each began and ended, and who and what was met in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from c360_kernel.sqlite_rows import insert_rows

SHIFT = 12
"""A block is so many leaves as a number of so many bits can tell apart."""
_KEEP_LATEST = "ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)"
_KEEP_SPAN = (
    "ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at),"
    " last_at = max(last_at, excluded.last_at)"
)
_SPAN = "SELECT min(id), max(id) FROM block WHERE last_at >= ? AND first_at < ?"
_LEAVES = f"number >= ? << {SHIFT} AND number < (? + 1) << {SHIFT}"
_COUNTED_ANEW = (
    f"INSERT INTO block SELECT ?, min(at), max(at) FROM leaf WHERE {_LEAVES} HAVING count(*) > 0"
)
_MET = ("footprint", "actor")
_FORGET = "DELETE FROM block_{0} WHERE {0} IN (SELECT id FROM {0}) AND block = ?"
_MET_ANEW = (
    f"INSERT INTO block_{{0}} SELECT {{0}}, ?, max(at) FROM leaf WHERE {_LEAVES} GROUP BY {{0}}"
)

Met = tuple[int, int, int, int]
"""Of a leaf: its number, when (ms UTC), its actor and its footprint."""


def block_of(number: int) -> int:
    """The block of a leaf."""
    return number >> SHIFT


def note(connection: sqlite3.Connection, met: Iterable[Met]) -> None:
    """Add leaves to their blocks; in a transaction."""
    spans: dict[int, tuple[int, int]] = {}
    actors: dict[tuple[int, int], int] = {}
    footprints: dict[tuple[int, int], int] = {}
    for number, at, actor, footprint in met:
        block = number >> SHIFT
        first, last = spans.get(block, (at, at))
        spans[block] = min(first, at), max(last, at)
        for found, one in ((actors, (actor, block)), (footprints, (footprint, block))):
            if found.get(one, at) <= at:
                found[one] = at
    rows = [(block, *span) for block, span in spans.items()]
    insert_rows(connection, "INSERT INTO block", rows, _KEEP_SPAN)
    for table, found in (("block_actor", actors), ("block_footprint", footprints)):
        rows = [(*one, at) for one, at in found.items()]
        insert_rows(connection, f"INSERT INTO {table}", rows, _KEEP_LATEST)


def span(connection: sqlite3.Connection, since: int, until: int) -> tuple[int, int]:
    """The first and the last block with anything between two times; an empty span for none."""
    first, last = connection.execute(_SPAN, (since, until)).fetchone()
    return (0, -1) if first is None else (first, last)


def count_anew(connection: sqlite3.Connection, blocks: Sequence[int]) -> None:
    """After leaves are gone from these blocks; in a transaction."""
    for one in blocks:
        connection.execute("DELETE FROM block WHERE id = ?", (one,))
        connection.execute(_COUNTED_ANEW, (one, one, one))
        for met in _MET:
            connection.execute(_FORGET.format(met), (one,))
            connection.execute(_MET_ANEW.format(met), (one, one, one))
