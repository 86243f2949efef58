"""Checkpoints in the log itself, for whoever has a copy of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import AUDIT_CHECKPOINTS
from c360_kernel.payload import CheckpointsSigned
from c360_kernel.stamp import StampClock, stamp_ms
from typing_extensions import override

from c360_audit.handlers.publishing import CheckpointSink
from c360_audit.store.port import AuditLog

_EVERY_S = 10.0
_KEY = "audit"


class CheckpointTopic(CheckpointSink):
    """The topic `audit-checkpoints`, by way of the outbox."""

    name = "audit checkpoints in the log"
    kind = "log"
    every_s = _EVERY_S

    def __init__(self, clock: StampClock) -> None:
        self._clock = clock

    @override
    async def keep(self, notes: Mapping[int, str], store: AuditLog) -> None:
        """Append the newest checkpoints to the log."""
        if notes:
            async with store.unit() as unit:
                unit.emit(_entry(notes, self._clock))


def _entry(notes: Mapping[int, str], clock: StampClock) -> NewEntry:
    """The entry that tells these notes, by partition. One key: the last entry tells them all."""
    payload = CheckpointsSigned(tuple(note for _, note in sorted(notes.items())))
    data = encode(payload)
    stamp = clock.next()
    return NewEntry(
        topic=AUDIT_CHECKPOINTS,
        key=_KEY,
        id=f"{AUDIT_CHECKPOINTS}:{hashlib.sha256(data).hexdigest()[:32]}",
        type="c360.audit.checkpoints.v1",
        source="c360/audit",
        subject=_KEY,
        time=stamp_ms(stamp),
        stamp=stamp,
        data=data,
    )
