"""From an entry of the log to the leaf that it is."""

from __future__ import annotations

import orjson
from c360_kernel.log.entry import Entry

from c360_audit.domain.placed_entry import Place, PlacedEntry


def placed_entry(entry: Entry) -> PlacedEntry:
    """The entry where it stands; every attribute of it is in its leaf."""
    attributes = (
        entry.id,
        entry.key,
        entry.type,
        entry.source,
        entry.subject,
        entry.time,
        entry.stamp,
        entry.traceparent,
    )
    place = Place(entry.partition, entry.offset)
    return PlacedEntry(place, entry.id, orjson.dumps(attributes).decode(), entry.data)
