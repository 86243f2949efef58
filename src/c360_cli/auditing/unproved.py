"""Acts that no signed checkpoint covers although they had time to be covered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT

from c360_cli.auditing.alerts import Alert

_GRACE_MS = 60_000


class Trees(Protocol):
    """The signed checkpoints that an audit store holds."""

    async def newest(self) -> Mapping[int, str]:
        """By partition the newest one, as a signed note."""
        ...


async def unproved(log: EventLog, trees: Trees, now_ms: int) -> list[Alert]:
    """One alert for each partition whose checkpoint is missing or too far behind."""
    signed = {number: _size(note) for number, note in (await trees.newest()).items()}
    found: list[Alert] = []
    for place, end in (await log.ends([AUDIT])).items():
        covered = signed.get(place.number, 0)
        first = await log.read(Partition(AUDIT, place.number), covered, 1)
        if first and covered < end and now_ms - first[0].time > _GRACE_MS:
            message = f"{end - covered} acts of partition {place.number} are under no checkpoint"
            about = f"{AUDIT}/{place.number}"
            at = first[0].time
            found.append(Alert("CHECKPOINT_MISSING", about, at, now_ms, end - covered, message))
    return found


def _size(note: str) -> int:
    """The second line of a checkpoint: how many leaves it covers."""
    return int(note.split("\n", 2)[1])
