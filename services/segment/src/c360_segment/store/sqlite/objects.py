"""Objects, and the records whose events refer to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sqlite_references import held_by
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_rows import insert_rows

from c360_segment.store.objects import Holding, Reference, Referring
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
_OF_TYPE = f"SELECT {_COLUMNS} FROM object WHERE type=? ORDER BY key LIMIT ?"
_BY_TRAIT = "customer_by_"
_TRAIT_INDEXES = (
    f"SELECT name FROM sqlite_master WHERE type='index' AND name GLOB '{_BY_TRAIT}[0-9a-f]*_key'"
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


def objects_of_type(
    connection: sqlite3.Connection, type_: str, limit: int
) -> Sequence[KnownObject]:
    """The first objects of a type, by key."""
    return [read_object(row) for row in connection.execute(_OF_TYPE, (type_, limit)).fetchall()]


def customers_holding(
    connection: sqlite3.Connection, trait: str, key: str, after: str, limit: int
) -> Holding:
    """The next customers whose trait is this key, in the order of their ids."""
    held = _trait_of(trait)
    asked = f"SELECT id FROM customer WHERE {held}=? AND id>? ORDER BY id LIMIT ?"
    found = [id_ for (id_,) in connection.execute(asked, (key, after, limit)).fetchall()]
    return Holding(found, found[-1] if len(found) == limit else "")


def refer_by_traits(connection: sqlite3.Connection, traits: Collection[str]) -> None:
    """An index over what each of these traits is, and none over others."""
    # Names of indexes know no case.
    wanted = {f"{_BY_TRAIT}{name.encode().hex()}_key": name for name in traits}
    for (held,) in connection.execute(_TRAIT_INDEXES).fetchall():
        if held not in wanted:
            connection.execute(f'DROP INDEX "{held}"')
    for index, name in wanted.items():
        held = _trait_of(name)
        connection.execute(
            f'CREATE INDEX IF NOT EXISTS "{index}" ON customer({held}, id) WHERE {held} IS NOT NULL'
        )


def _trait_of(trait: str) -> str:
    """What the trait of a row is; names of traits are letters and digits."""
    return f"(traits ->> '$.{trait}')"


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
