"""Checkpoints in the log itself, for whoever has a copy of it."""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.stamp import StampClock

from c360_audit.emission import checkpoints_entry
from c360_audit.store.port import AuditLog

_EVERY_S = 10.0


class CheckpointTopic:
    """The topic `audit-checkpoints`, by way of the outbox."""

    name = "audit checkpoints in the log"
    every_s = _EVERY_S

    def __init__(self, clock: StampClock) -> None:
        self._clock = clock

    async def keep(self, notes: Mapping[int, str], store: AuditLog) -> None:
        """See `Keeper`."""
        if notes:
            async with store.unit() as unit:
                unit.emit(checkpoints_entry(notes, self._clock))
