"""Acts as the log holds them, in the order of their stamps, from where somebody stopped reading."""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import NamedTuple

from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited

_PAGE = 500

Offsets = Mapping[int, int]
"""The next offset to read, by partition; from the first where there is none."""


class Act(NamedTuple):
    """An act, and the entry that says it."""

    entry: Entry
    operation: OperationAudited


def every(entry: Entry) -> bool:
    """All entries are wanted."""
    del entry
    return True


async def acts_after(
    log: EventLog, offsets: Offsets, is_wanted: Callable[[Entry], bool] = every
) -> AsyncGenerator[Act, None]:
    """Every act that is wanted, from these offsets up to where the topic ends now.

    An entry that nobody can read is passed over: whoever feeds the audit store tells of it.
    """
    ends = await log.ends([AUDIT])
    readers = [
        _of(log, place, offsets.get(place.number, 0), end, is_wanted) for place, end in ends.items()
    ]
    heap: list[tuple[str, int, Act, AsyncGenerator[Act, None]]] = []
    for number, reader in enumerate(readers):
        if (act := await anext(reader, None)) is not None:
            heap.append((act.entry.stamp, number, act, reader))
    heapq.heapify(heap)
    while heap:
        _, number, act, reader = heap[0]
        yield act
        following = await anext(reader, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following.entry.stamp, number, following, reader))


async def _of(
    log: EventLog, place: Partition, offset: int, end: int, is_wanted: Callable[[Entry], bool]
) -> AsyncGenerator[Act, None]:
    while offset < end:
        entries = await log.read(place, offset, _PAGE)
        for entry in entries:
            if entry.offset >= end:
                return
            if is_wanted(entry) and (act := _operation_in(entry)) is not None:
                yield Act(entry, act)
        if not entries:
            return
        offset = entries[-1].offset + 1


def _operation_in(entry: Entry) -> OperationAudited | None:
    try:
        return decode(AUDIT, entry.data)
    except Invalid:
        return None
