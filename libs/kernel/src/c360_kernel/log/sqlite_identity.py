"""What the embedded log's file knows of itself: its id, whose it is, its highest stamp."""

from __future__ import annotations

import sqlite3
from itertools import product, starmap

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition
from c360_kernel.log.identity import (
    LogIdentity,
    Origin,
    new_log_id,
    refuse_other_instance,
    refuse_truncated,
)
from c360_kernel.log.topics import DERIVED, TRUTH
from c360_kernel.sqlite import damaged, writing
from c360_kernel.sqlite_reading import refuse_disordered
from c360_kernel.stamp import is_stamp

_ID, _INSTANCE, _STAMP = "id", "instance", "stamp"
_READ_META = "SELECT value FROM meta WHERE name=?"
_INSERT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO NOTHING"
RAISE_STAMP = (
    f"INSERT INTO meta VALUES ('{_STAMP}',?) ON CONFLICT DO UPDATE SET value=excluded.value"
    " WHERE excluded.value > value"
)
"""Remembers the highest stamp, inside the transaction of the entries that bear it."""
_FIRST = "SELECT off FROM entry WHERE topic=? AND part=? ORDER BY off LIMIT 1"
_HIGHEST = "SELECT coalesce(max(stamp), '') FROM entry"


def identify(connection: sqlite3.Connection, instance: str) -> None:
    """Give the file an id unless it has one, and an owner where `instance` says who it is.

    A file of before there were ids is taken up as it is. Raises `SettingsError` (LOG_FOREIGN).
    """
    refuse_other_instance(_value(connection, _INSTANCE), instance)
    missing = [(_ID, new_log_id())] if not _value(connection, _ID) else []
    if instance and not _value(connection, _INSTANCE):
        missing.append((_INSTANCE, instance))
    if missing:
        with writing(connection):
            connection.executemany(_INSERT_META, missing)
            connection.execute(_INSERT_META, (_STAMP, connection.execute(_HIGHEST).fetchone()[0]))
        # Of two that came at once, one was first.
        refuse_other_instance(_value(connection, _INSTANCE), instance)


def refuse_cut(connection: sqlite3.Connection, partitions: int) -> None:
    """Raise `SettingsError` (LOG_TRUNCATED) where first entries are gone that never go.

    `Unusable` (STORE_DAMAGED) where they cannot be found in a damaged file.
    """
    places = starmap(Partition, product((*TRUTH, *DERIVED), range(partitions)))
    found = {place: connection.execute(_FIRST, place).fetchone() for place in places}
    try:
        refuse_truncated({place: row[0] for place, row in found.items() if row is not None})
    except SettingsError:
        refuse_disordered(connection)
        raise


def identity_of(connection: sqlite3.Connection) -> LogIdentity:
    """What the file says of itself."""
    origin = Origin(_value(connection, _ID), _value(connection, _INSTANCE))
    stamp = _value(connection, _STAMP)
    if stamp and not is_stamp(stamp):
        raise damaged(None)
    return LogIdentity(origin, stamp)


def _value(connection: sqlite3.Connection, name: str) -> str:
    found = connection.execute(_READ_META, (name,)).fetchone()
    return "" if found is None else found[0]
