"""How what is too old leaves the file."""

from __future__ import annotations

import sqlite3

from c360_audit.store.reading import read_audited

_OLD = (
    "SELECT number, entry, data, footprint FROM leaf WHERE at < ?"
    " AND number < (SELECT max(number) FROM leaf) ORDER BY at LIMIT ?"
)
_SUBJECT = "DELETE FROM leaf_subject WHERE subject = ? AND footprint = ? AND number = ?"
_NEWEST = "(SELECT {} FROM leaf ORDER BY number DESC LIMIT 1)"
_SUMMARY = (
    f"DELETE FROM actor WHERE last_at < ? AND id <> {_NEWEST.format('actor')}",
    "DELETE FROM footprint_mark WHERE footprint IN (SELECT id FROM footprint WHERE last_at < ?"
    f" AND id <> {_NEWEST.format('footprint')})",
    f"DELETE FROM footprint WHERE last_at < ? AND id <> {_NEWEST.format('footprint')}",
)


def remove_oldest(connection: sqlite3.Connection, before: int, limit: int) -> int:
    """See `AuditLog.expire`; call inside a transaction."""
    rows = connection.execute(_OLD, (before, limit)).fetchall()
    for number, entry, data, footprint in rows:
        subjects = set(read_audited(entry, data).operation.subjects)
        connection.executemany(_SUBJECT, ((one, footprint, number) for one in subjects))
    connection.executemany("DELETE FROM place WHERE entry = ?", ((row[1],) for row in rows))
    connection.executemany("DELETE FROM leaf WHERE number = ?", ((row[0],) for row in rows))
    if len(rows) < limit:
        for sql in _SUMMARY:
            connection.execute(sql, (before,))
    return len(rows)
