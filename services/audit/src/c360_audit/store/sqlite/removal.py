"""How what is too old leaves the file."""

from __future__ import annotations

import sqlite3

from c360_audit.store.reading import read_audited
from c360_audit.store.sqlite import blocks

_OLD = (
    "SELECT l.number, y.entry, y.data, l.footprint, l.part, l.off"
    " FROM block b CROSS JOIN leaf l CROSS JOIN payload y USING (number)"
    f" WHERE b.first_at < ?1 AND l.number >= b.id << {blocks.SHIFT}"
    f" AND l.number < (b.id + 1) << {blocks.SHIFT} AND l.at < ?1"
    " AND l.number < (SELECT max(number) FROM leaf) LIMIT ?2"
)
_SUBJECT = (
    "DELETE FROM leaf_subject WHERE block = ? AND subject = ? AND footprint = ? AND number = ?"
)
_UNMET = "SELECT id FROM {0} WHERE id NOT IN (SELECT {0} FROM block_{0})"
_SUMMARY = (
    f"DELETE FROM actor WHERE id IN ({_UNMET.format('actor')})",
    f"DELETE FROM footprint_mark WHERE footprint IN ({_UNMET.format('footprint')})",
    f"DELETE FROM footprint WHERE id IN ({_UNMET.format('footprint')})",
)


def remove_oldest(connection: sqlite3.Connection, before: int, limit: int) -> int:
    """Remove at most `limit` older leaves, save the newest. Call inside a transaction."""
    rows = connection.execute(_OLD, (before, limit)).fetchall()
    for number, entry, data, footprint, _, _ in rows:
        block = blocks.block_of(number)
        subjects = set(read_audited(entry, data).operation.subjects)
        connection.executemany(_SUBJECT, ((block, one, footprint, number) for one in subjects))
    connection.executemany("DELETE FROM place WHERE part = ? AND off = ?", (r[4:] for r in rows))
    connection.executemany("DELETE FROM place WHERE entry = ?", ((row[1],) for row in rows))
    for table in ("leaf", "payload"):
        sql = f"DELETE FROM {table} WHERE number = ?"
        connection.executemany(sql, ((row[0],) for row in rows))
    blocks.count_anew(connection, sorted({blocks.block_of(row[0]) for row in rows}))
    for sql in _SUMMARY if len(rows) < limit else ():
        connection.execute(sql)
    return len(rows)
