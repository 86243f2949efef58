"""What a derived topic says of each of its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.payload import Derived

Published = Mapping[tuple[str, str], Derived]
"""By key, the payload of the greatest version."""
_PAGE = 1000


async def last_published(log: EventLog, topic: str) -> dict[tuple[str, str], Derived]:
    """By key, the payload of the greatest version."""
    published: dict[tuple[str, str], Derived] = {}
    for partition in await log.ends([topic]):
        async for payload in _payloads(log, partition):
            before = published.get(payload.key)
            if before is None or before.version <= payload.version:
                published[payload.key] = payload
    return published


def next_epoch(published: Published) -> int:
    """The epoch of a store that starts empty: above all that its topic has."""
    return 1 + max((payload.version.epoch for payload in published.values()), default=-1)


async def _payloads(log: EventLog, partition: Partition) -> AsyncIterator[Derived]:
    offset = 0
    while entries := await log.read(partition, offset, _PAGE):
        for entry in entries:
            yield decode(partition.topic, entry.data)
        offset = entries[-1].offset + 1
