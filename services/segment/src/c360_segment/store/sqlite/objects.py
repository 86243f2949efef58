"""Objects, and the records whose events refer to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sqlite_references import held_by
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_rows import insert_rows

from c360_segment.store.objects import Reference, Referring
from c360_segment.store.sqlite.values import among, read_values, write_values

_COLUMNS = "type, key, source, observed_at, stamp, deleted, properties"
_OBJECTS = (
    "SELECT o.type, o.key, o.source, o.observed_at, o.stamp, o.deleted, o.properties"
    " FROM json_each(?) q CROSS JOIN object o ON o.type=q.value ->> 0 AND o.key=q.value ->> 1"
)
ALL_OBJECTS = f"SELECT {_COLUMNS} FROM object ORDER BY type, key"
_IF_LATER = (
    "ON CONFLICT DO UPDATE SET source=excluded.source, observed_at=excluded.observed_at,"
    " stamp=excluded.stamp, deleted=excluded.deleted, properties=excluded.properties"
    " WHERE (excluded.observed_at, excluded.stamp) > (object.observed_at, object.stamp)"
)
_RECORDS = (
    "SELECT r.number, r.source, r.key FROM json_each(?) q CROSS JOIN record r ON r.number=q.value"
    " ORDER BY r.number"
)


def read_objects(
    connection: sqlite3.Connection, names: Collection[ObjectName]
) -> Mapping[ObjectName, KnownObject]:
    """Those of these objects that are there."""
    rows = connection.execute(_OBJECTS, (among(names),)).fetchall() if names else ()
    return {one.name: one for one in map(read_object, rows)}


def read_object(row: Sequence[object]) -> KnownObject:
    """The object of a row."""
    type_, key, source, observed_at, stamp, deleted, properties = row
    name = ObjectName(str(type_), str(key))
    said = str(source), int(str(observed_at)), str(stamp), bool(deleted)
    return KnownObject(name, *said, read_values(str(properties)))


def keep_objects(connection: sqlite3.Connection, objects: Sequence[KnownObject]) -> None:
    """Keep what is said of objects; of what is said of one, what was observed last."""
    rows = [
        (*o.name, o.source, o.observed_at, o.stamp, int(o.deleted), write_values(o.properties))
        for o in objects
    ]
    insert_rows(connection, f"INSERT INTO object({_COLUMNS})", rows, _IF_LATER)


def records_referring(
    connection: sqlite3.Connection, reference: Reference, after: str, limit: int
) -> Referring:
    """The next records on which there are such events, in the order of their numbers."""
    held = held_by(reference.property)
    asked = (
        f"SELECT DISTINCT record FROM event WHERE {held}=? AND record>?"
        " AND name IN (SELECT value FROM json_each(?)) ORDER BY record LIMIT ?"
    )
    given = reference.key, int(after or 0), among(reference.events), limit
    numbers = [number for (number,) in connection.execute(asked, given)]
    rows = connection.execute(_RECORDS, (among(numbers),)).fetchall()
    last = str(numbers[-1]) if len(numbers) == limit else ""
    return Referring([RecordKey(source, key) for _, source, key in rows], last)
