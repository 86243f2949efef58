"""What a derived topic last said of each of its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.payload import MembershipChanged, ProfileChanged, RecordAssigned

_PAGE = 1000
Derived = RecordAssigned | ProfileChanged | MembershipChanged


async def last_said(log: EventLog, topic: str) -> dict[tuple[str, str], Derived]:
    """By key, the payload of the greatest version."""
    said: dict[tuple[str, str], Derived] = {}
    for partition in await log.ends([topic]):
        async for payload in _payloads(log, partition):
            key = key_of(payload)
            if key not in said or said[key].version <= payload.version:
                said[key] = payload
    return said


def next_epoch(said: Mapping[tuple[str, str], Derived]) -> int:
    """The epoch of a store that starts empty: above all that its topic has said."""
    return 1 + max((payload.version.epoch for payload in said.values()), default=-1)


def key_of(payload: Derived) -> tuple[str, str]:
    """What a payload is about."""
    match payload:
        case RecordAssigned():
            return payload.record
        case ProfileChanged():
            return payload.customer, ""
        case MembershipChanged():
            return payload.customer, payload.segment


async def _payloads(log: EventLog, partition: Partition) -> AsyncIterator[Derived]:
    offset = 0
    while entries := await log.read(partition, offset, _PAGE):
        for entry in entries:
            yield decode(partition.topic, entry.data)
        offset = entries[-1].offset + 1
