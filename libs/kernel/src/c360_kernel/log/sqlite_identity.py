"""What the embedded log's file knows of itself: its id, whose it is, its highest stamp."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from itertools import product, starmap
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Partition
from c360_kernel.log.identity import (
    LogIdentity,
    Origin,
    new_log_id,
    refuse_other_instance,
    refuse_truncated,
)
from c360_kernel.log.naming_keys import (
    NO_KEYS,
    HeldKeys,
    refuse_another,
    refuse_other_keys,
    to_be_known,
)
from c360_kernel.log.topics import DERIVED, TRUTH
from c360_kernel.sqlite import damaged, writing
from c360_kernel.sqlite_reading import refuse_disordered
from c360_kernel.stamp import is_stamp

_ID, _INSTANCE, _STAMP = "id", "instance", "stamp"
_READ_META = "SELECT value FROM meta WHERE name=?"
_KEY = "key:"
_READ_KEYS = f"SELECT substr(name, {len(_KEY) + 1}), value FROM meta WHERE name GLOB '{_KEY}*'"
_PUT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO UPDATE SET value=excluded.value"
_INSERT_META = "INSERT INTO meta VALUES (?,?) ON CONFLICT DO NOTHING"
RAISE_STAMP = (
    f"INSERT INTO meta VALUES ('{_STAMP}',?) ON CONFLICT DO UPDATE SET value=excluded.value"
    " WHERE excluded.value > value"
)
"""Remembers the highest stamp, inside the transaction of the entries that bear it."""
_FIRST = "SELECT off FROM entry WHERE topic=? AND part=? ORDER BY off LIMIT 1"
_HIGHEST = "SELECT coalesce(max(stamp), '') FROM entry"


def identify(connection: sqlite3.Connection, instance: str, keys: HeldKeys = NO_KEYS) -> None:
    """Give the file an id unless it has one, and an owner where `instance` says who it is.

    It learns the check values of keys. A file of before there were ids is taken up as it is.
    Raises `SettingsError` (LOG_FOREIGN, KEY_MISSING, KEY_REPLACED).
    """
    refuse_another(_value(connection, _INSTANCE), instance, known_keys(connection), keys)
    missing = [(_ID, new_log_id())] if not _value(connection, _ID) else []
    if instance and not _value(connection, _INSTANCE):
        missing.append((_INSTANCE, instance))
    if missing:
        with writing(connection):
            connection.executemany(_INSERT_META, missing)
            connection.execute(_INSERT_META, (_STAMP, connection.execute(_HIGHEST).fetchone()[0]))
        # Of two that came at once, one was first.
        refuse_other_instance(_value(connection, _INSTANCE), instance)
    _learn_keys(connection, keys)


def known_keys(connection: sqlite3.Connection) -> Mapping[str, str]:
    """The check values of the keys that what it holds was made under, by name."""
    return dict(connection.execute(_READ_KEYS).fetchall())


def known_keys_in(file: Path) -> Mapping[str, str]:
    """As `known_keys`, of a log that may not be there yet; none of one that cannot be read."""
    if not file.exists():
        return {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as connection:
        return known_keys(connection)
    return {}


def _learn_keys(connection: sqlite3.Connection, keys: HeldKeys) -> None:
    if not to_be_known(known_keys(connection), keys):
        return
    with writing(connection):
        # Two that come at once do so one after the other.
        known = known_keys(connection)
        refuse_other_keys(known, keys)
        news = to_be_known(known, keys)
        connection.executemany(_PUT_META, [(f"{_KEY}{name}", news[name]) for name in news])


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
