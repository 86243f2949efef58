"""Random edits, deletions, insertions and swaps in the tables of a log and an audit store."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ENTRIES = "entry"
IN_LOG = 0.4
STORE = (
    "leaf",
    "payload",
    "leaf_subject",
    "block",
    "block_actor",
    "block_footprint",
    "footprint",
    "footprint_mark",
    "actor",
    "place",
    "tile",
    "checkpoint",
    "position",
)
# Where a row says at which place it stands.
PLACED = {
    "entry": ("part", "off"),
    "leaf": ("part", "off"),
    "place": ("part", "off"),
    "position": ("part",),
    "checkpoint": ("part",),
    "tile": ("part",),
}


@dataclass
class Touched:
    """What was done, and the places of the topic that it was done to."""

    what: str
    places: set[tuple[int, ...]]


Tamper = Callable[[sqlite3.Connection, str, random.Random], Touched | None]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _keys(connection: sqlite3.Connection, table: str) -> list[str]:
    found = [
        (row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({table})") if row[5]
    ]
    return [name for _, name in sorted(found)]


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    where = "WHERE topic='audit'" if table in (ENTRIES, "position") else ""
    names = _columns(connection, table)
    order = ",".join(_keys(connection, table))
    rows = connection.execute(f"SELECT * FROM {table} {where} ORDER BY {order}")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _place(
    connection: sqlite3.Connection, table: str, row: dict[str, object]
) -> set[tuple[int, ...]]:
    if table == "payload":
        sql = "SELECT part, off FROM leaf WHERE number=?"
        return set(connection.execute(sql, (row["number"],)).fetchall())
    return {tuple(int(str(row[name])) for name in PLACED[table])} if table in PLACED else set()


def _other(value: object, dice: random.Random) -> object:
    if isinstance(value, int):
        return value + dice.choice([-3, -1, 1, 2, 1000])
    if isinstance(value, bytes):
        at = dice.randrange(len(value)) if value else 0
        return dice.choice(
            [
                value[:at] + bytes([value[at] ^ dice.randrange(1, 256)]) + value[at + 1 :],
                value[:-1],
                value + b"\x00",
            ]
        )
    return dice.choice([f"{value}x", "other"])


def _where(keys: list[str]) -> str:
    return " AND ".join(f"{key} IS ?" for key in keys)


def edit(connection: sqlite3.Connection, table: str, dice: random.Random) -> Touched | None:
    row = dice.choice(_rows(connection, table))
    name = dice.choice(
        [one for one in row if (table, one) != ("entry", "topic") and one != "topic"]
    )
    if row[name] is None:
        return None
    keys = _keys(connection, table)
    places = _place(connection, table, row)
    changed = _other(row[name], dice)
    values = [changed, *(row[key] for key in keys)]
    connection.execute(f"UPDATE {table} SET {name}=? WHERE {_where(keys)}", values)
    return Touched(f"edit {table}.{name}", places)


def delete(connection: sqlite3.Connection, table: str, dice: random.Random) -> Touched | None:
    row = dice.choice(_rows(connection, table))
    keys, places = _keys(connection, table), _place(connection, table, row)
    connection.execute(f"DELETE FROM {table} WHERE {_where(keys)}", [row[key] for key in keys])
    return Touched(f"delete {table}", places)


def insert(connection: sqlite3.Connection, table: str, dice: random.Random) -> Touched | None:
    """A row like another one: at the end, or in the place of one that is then moved behind it."""
    rows = _rows(connection, table)
    row = dict(dice.choice(rows))
    if table == ENTRIES:
        end = max(int(str(one["off"])) for one in rows if one["part"] == row["part"])
        at = dice.choice([end + 1, dice.randrange(end + 1)])
        for off in range(end, at - 1, -1):
            connection.execute(
                "UPDATE entry SET off=? WHERE topic='audit' AND part=? AND off=?",
                (off + 1, row["part"], off),
            )
        row |= {"off": at, "id": "audit:forged"}
    for key in _keys(connection, table):
        if table != ENTRIES and key != "topic":
            row[key] = _other(row[key], dice)
    if table == "payload":
        row["entry"] = "audit:forged"
    if table == "footprint":
        row["marks"] = "forged"
    if table == "actor":
        row["principal"] = "forged"
    marks = ",".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(row.values()))
    return Touched(f"insert {table}", _place(connection, table, row) if table == ENTRIES else set())


def swap(connection: sqlite3.Connection, table: str, dice: random.Random) -> Touched | None:
    """What two rows say, but for where they stand."""
    rows = _rows(connection, table)
    if len(rows) < 2:
        return None
    one, two = dice.sample(rows, 2)
    keys = _keys(connection, table)
    rest = [name for name in one if name not in keys]
    if not rest or all(one[name] == two[name] for name in rest):
        return None
    places = _place(connection, table, one) | _place(connection, table, two)
    sets = ",".join(f"{name}=?" for name in rest)
    if table in ("payload", "footprint", "actor"):
        # Names are unique: both make room first.
        connection.execute(
            f"DELETE FROM {table} WHERE {_where(keys)} OR {_where(keys)}",
            [*(one[k] for k in keys), *(two[k] for k in keys)],
        )
        for row, other in ((one, two), (two, one)):
            mixed = {name: (row if name in keys else other)[name] for name in row}
            marks = ",".join("?" * len(mixed))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(mixed.values()))
    else:
        for row, other in ((one, two), (two, one)):
            connection.execute(
                f"UPDATE {table} SET {sets} WHERE {_where(keys)}",
                [*(other[n] for n in rest), *(row[k] for k in keys)],
            )
    return Touched(f"swap {table}", places)


KINDS: tuple[Tamper, ...] = (edit, delete, insert, swap)


def tamper(log: sqlite3.Connection, store: sqlite3.Connection, dice: random.Random) -> Touched:
    """Do one thing that changes something, to one of the two."""
    if dice.random() < IN_LOG:
        return tamper_tables(log, (ENTRIES,), dice)
    return tamper_tables(store, STORE, dice)


def tamper_tables(
    connection: sqlite3.Connection, tables: Sequence[str], dice: random.Random
) -> Touched:
    """Do one thing that changes something, to one of these tables."""
    while True:
        table = dice.choice(tables)
        connection.execute("BEGIN")
        try:
            touched = dice.choice(KINDS)(connection, table, dice)
        except sqlite3.IntegrityError:
            touched = None
        connection.execute("COMMIT" if touched else "ROLLBACK")
        if touched is not None:
            return touched
