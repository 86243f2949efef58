"""From entries of the topic `audit` into the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.log.entry import Entry

from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.port import AuditUnit
from c360_audit.store.reading import read_audited


class AuditHandler:
    """Keeps every operation, in the order in which its entries come."""

    async def handle(self, unit: AuditUnit, entries: Sequence[Entry]) -> None:
        """Keep a batch. Raises `Invalid` for an entry that is no payload of `audit`."""
        unit.keep([read_audited(entry.id, entry.data) for entry in entries])
        unit.place([placed_entry(entry) for entry in entries])
