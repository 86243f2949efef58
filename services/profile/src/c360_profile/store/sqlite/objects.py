"""Objects, and the events that refer to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

import orjson
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.sqlite_references import held_by
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import noticed
from c360_kernel.sqlite_rows import insert_rows

from c360_profile.store.port import Reference
from c360_profile.store.sqlite.reads import AMONG, DocumentReads, among
from c360_profile.store.sqlite.rows import OBJECT_COLUMNS, object_row, read_object

_OBJECTS = (
    f"SELECT {', '.join('o.' + name for name in OBJECT_COLUMNS.split(', '))}"
    " FROM json_each(?) q CROSS JOIN object o ON o.type = q.value ->> 0 AND o.key = q.value ->> 1"
)
_INTO = f"INSERT INTO object({OBJECT_COLUMNS})"
_KEEP = (
    "ON CONFLICT DO UPDATE SET source=excluded.source, observed_at=excluded.observed_at,"
    " stamp=excluded.stamp, deleted=excluded.deleted, properties=excluded.properties"
    " WHERE (excluded.observed_at, excluded.stamp) > (object.observed_at, object.stamp)"
)
_PAGE = f"SELECT {OBJECT_COLUMNS} FROM object WHERE (type, key) > (?, ?) ORDER BY type, key LIMIT ?"


class ObjectReads(DocumentReads):
    """Reads of objects, over any connection."""

    @noticed
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        """Objects by name, deleted ones too."""
        wanted = orjson.dumps([tuple(name) for name in names]).decode()
        rows = self.rows(_OBJECTS, [wanted]) if names else []
        return {one.name: one for one in map(read_object, rows)}

    @noticed
    async def object_page(self, after: ObjectName, limit: int) -> Sequence[KnownObject]:
        """The first objects after a name, by type and key, deleted ones too."""
        return list(map(read_object, self.rows(_PAGE, [*after, limit])))

    @noticed
    async def referring(self, reference: Reference, after: str, limit: int) -> Sequence[RecordKey]:
        """The first records, after that of this name, on which there are such events; by name."""
        held = held_by(reference.property)
        asked = (
            f"SELECT DISTINCT record FROM event WHERE {held} = ? AND record > ?"
            f" AND +name {AMONG} ORDER BY record LIMIT ?"
        )
        rows = self.rows(asked, [reference.key, after, among(reference.events), limit])
        return [RecordKey.parse(row[0]) for row in rows]


def keep_objects(connection: sqlite3.Connection, objects: Sequence[KnownObject]) -> None:
    """Keep what is said of objects; of what is said of one, what was observed last."""
    insert_rows(connection, _INTO, list(map(object_row, objects)), _KEEP)
