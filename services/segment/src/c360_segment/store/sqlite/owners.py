"""Whose records are, as numbers in the order of the records'.

So all of them are read in a few milliseconds, for what is asked of everybody.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping

from c360_kernel.sqlite_reading import from_rows
from c360_kernel.sqlite_rows import insert_rows

from c360_segment.store.sqlite.values import among

CHUNK = 512
"""Records of a row."""
_NUMBER = "I"
_NOBODYS = bytes(CHUNK * array(_NUMBER).itemsize)
_HELD = "SELECT chunk, customers FROM owners WHERE chunk IN (SELECT value FROM json_each(?))"
_ALL = "SELECT chunk, customers FROM owners ORDER BY chunk"
_MOST = "SELECT coalesce(max(number), 0) FROM record"
_IN_ITS_PLACE = "ON CONFLICT DO UPDATE SET customers=excluded.customers"


def keep_owners(connection: sqlite3.Connection, owners: Mapping[int, int]) -> None:
    """Keep the customer (its number, 0: none) of each of these records."""
    chunks = {number // CHUNK for number in owners}
    kept = dict(connection.execute(_HELD, (among(chunks),)).fetchall())
    held = {chunk: _read(kept.get(chunk, _NOBODYS)) for chunk in chunks}
    changed = set[int]()
    for number, customer in owners.items():
        chunk, place = divmod(number, CHUNK)
        if held[chunk][place] != customer:
            held[chunk][place] = customer
            changed.add(chunk)
    rows = [(chunk, held[chunk].tobytes()) for chunk in sorted(changed)]
    insert_rows(connection, "INSERT INTO owners", rows, _IN_ITS_PLACE)


def read_owners(connection: sqlite3.Connection) -> array[int]:
    """The customer of each record by its number, 0 of none."""
    (most,) = connection.execute(_MOST).fetchone()
    kept = dict(connection.execute(_ALL).fetchall())
    found = array(_NUMBER)
    for chunk in range(most // CHUNK + 1):
        found += _read(kept.get(chunk, _NOBODYS))
    return found


@from_rows
def _read(data: bytes) -> array[int]:
    held = array(_NUMBER, data)
    if len(held) != CHUNK:
        raise ValueError
    return held
