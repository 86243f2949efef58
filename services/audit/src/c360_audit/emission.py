"""What the service tells the log: the newest signed checkpoint of each tree, together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import AUDIT_CHECKPOINTS
from c360_kernel.payload import CheckpointsSigned
from c360_kernel.stamp import StampClock, stamp_ms

_KEY = "audit"


def checkpoints_entry(notes: Mapping[int, str], clock: StampClock) -> NewEntry:
    """The entry that tells these notes, by partition. One key: the last entry tells them all."""
    told = CheckpointsSigned(tuple(note for _, note in sorted(notes.items())))
    data = encode(told)
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
