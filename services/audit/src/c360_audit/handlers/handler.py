"""From entries of the topic `audit` into the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.log.entry import Entry

from c360_audit.store.port import AuditUnit
from c360_audit.store.reading import read_audited
from c360_audit.store.standing import standing_of


class AuditHandler:
    """Keeps every operation, in the order in which its entries come."""

    async def handle(self, unit: AuditUnit, entries: Sequence[Entry]) -> None:
        """Keep a batch. Raises `Invalid` for an entry that is no payload of `audit`."""
        unit.keep([read_audited(entry.id, entry.data) for entry in entries])
        unit.stand([standing_of(entry) for entry in entries])
