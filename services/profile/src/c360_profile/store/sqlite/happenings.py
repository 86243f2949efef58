"""Events by record and by name, in a unit of work and out of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson
from c360_kernel.record import RecordKey
from c360_kernel.sqlite_reading import noticed
from typing_extensions import override

from c360_profile.domain.event import Event, EventName
from c360_profile.store.port import Happenings
from c360_profile.store.sqlite.quality import texts
from c360_profile.store.sqlite.reads import AMONG, DocumentReads, among
from c360_profile.store.sqlite.rows import EVENT_COLUMNS, read_event

_HAPPENED = (
    f"SELECT {EVENT_COLUMNS} FROM event INDEXED BY event_by_record"
    f" WHERE record {AMONG} AND name {AMONG}"
)
_KEPT = (
    f"SELECT {', '.join('e.' + name for name in EVENT_COLUMNS.split(', '))}"
    " FROM json_each(?) q CROSS JOIN event e ON e.source = q.value ->> 0"
    " AND e.message_id = q.value ->> 1"
)
_PRESENT = "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'present'"


class EventReads(DocumentReads, Happenings):
    """Reads of events, over any connection."""

    @override
    @noticed
    async def happened(
        self, records: Collection[RecordKey], names: Collection[str]
    ) -> Mapping[RecordKey, Sequence[Event]]:
        found: dict[RecordKey, list[Event]] = {}
        for event in map(
            read_event, self.rows(_HAPPENED, [among(map(str, records)), among(names)])
        ):
            found.setdefault(event.record, []).append(event)
        return found

    @override
    @noticed
    async def present(self) -> int:
        rows = self.rows(_PRESENT)
        return rows[0][0] if rows else 0

    @override
    @noticed
    async def cells(self, names: Collection[str]) -> Mapping[str, str]:
        return texts(self._connection, "cell", names)

    @noticed
    async def kept_events(self, names: Collection[EventName]) -> Mapping[EventName, Event]:
        """Events as they were kept, by their names."""
        wanted = orjson.dumps([tuple(name) for name in names]).decode()
        return {event.id: event for event in map(read_event, self.rows(_KEPT, [wanted]))}
