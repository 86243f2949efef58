"""Many rows put into a table, or asked for, in few steps.

Each step of a statement lets another thread have the interpreter, and waits until it is given back:
while requests are answered, that costs more than most rows do. So many rows go in by one step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

Row: TypeAlias = Sequence[object]
_SIZES = (64, 32, 16, 8, 4, 2, 1)
_KEPT = 256


def insert_rows(
    connection: sqlite3.Connection, into: str, rows: Sequence[Row], otherwise: str = ""
) -> int:
    """Put rows of one width where `into` says, as in `INSERT INTO place`; in a transaction.

    `otherwise` is what to do about a row that is there, as in `ON CONFLICT DO NOTHING`. Answers how
    many were put or changed.
    """
    changed = 0
    for piece in _pieces(rows):
        sql = f"{_statement(into, len(piece[0]), len(piece))} {otherwise}"
        changed += connection.execute(sql, tuple(chain.from_iterable(piece))).rowcount
    return changed


def read_rows(
    connection: sqlite3.Connection, sql: str, wanted: Sequence[Row]
) -> Iterator[Sequence[Any]]:
    """What is found for rows of one width, which the statement has in the place of `{}`."""
    for piece in _pieces(wanted):
        values = _values(len(piece[0]), len(piece))
        yield from connection.execute(sql.format(values), tuple(chain.from_iterable(piece)))


def _pieces(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """All rows, in pieces of few sizes: a statement is made for each size."""
    begin = 0
    for size in _SIZES:
        while len(rows) - begin >= size:
            yield rows[begin : begin + size]
            begin += size


@lru_cache(_KEPT)
def _statement(into: str, width: int, count: int) -> str:
    return f"{into} {_values(width, count)}"


def _values(width: int, count: int) -> str:
    row = f"({','.join('?' * width)})"
    return f"VALUES {','.join([row] * count)}"
