"""From an entry of the log to the leaf that it is."""

from __future__ import annotations

import json

from c360_kernel.log.entry import Entry

from c360_audit.domain.standing import Place, Standing


def standing_of(entry: Entry) -> Standing:
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
    head = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    return Standing(Place(entry.partition, entry.offset), entry.id, head, entry.data)
