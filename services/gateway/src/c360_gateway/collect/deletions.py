"""Items of `deleteRecords`: a source has deleted a record, and says nothing else of it.

On the log that is what `upsertRecords` says with `deleted`: a state with a revision of its own. A
later state brings the record back, an earlier one that comes late does not.
"""

from __future__ import annotations

from dataclasses import replace

from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Kind, Truth

_FIELDS = frozenset(("source", "key", "revision", "observedAt"))


def deletion_kind(records: Kind) -> Kind:
    """Deletions, read as the kind of `upsertRecords` reads states: revisions grow together."""

    def read(item: RawItem, stamp_ms: int) -> Truth:
        return records.read({**item, "deleted": True}, stamp_ms)

    return replace(records, operation="deleteRecords", fields=_FIELDS, read=read)
