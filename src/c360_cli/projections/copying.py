"""Copying the truth of one log into another, stamps and all, and its present."""

from __future__ import annotations

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, Partition, to_append_again
from c360_kernel.log.port import EventLog
from c360_kernel.log.ticks import last_tick
from c360_kernel.log.topics import TRUTH

_PAGE = 1000


async def copy_truth(source: EventLog, target: EventLog) -> int:
    """Append every truth entry of `source` that `target` lacks; return how many it then holds.

    The last tick comes after them: what is derived anew is then as late as what was.

    A copy that was ended early goes on where it stood. What else the target holds is refused
    (`Invalid`, TARGET_NOT_EMPTY).
    """
    ends = await target.ends(TRUTH)
    for partition, end in ends.items():
        await _refuse_others(source, target, partition, end)
    copied = 0
    for partition in await source.ends(TRUTH):
        copied += await _copy_partition(source, target, partition, ends.get(partition, 0))
    await _copy_present(source, target)
    return copied


async def _copy_present(source: EventLog, target: EventLog) -> None:
    tick, ticks = await last_tick(source), await last_tick(target)
    if tick is not None and (ticks is None or ticks.id != tick.id):
        await target.append([to_append_again(tick)])


async def _refuse_others(
    source: EventLog, target: EventLog, partition: Partition, end: int
) -> None:
    """Refuse a partition that does not begin and end as the same part of the source does."""
    for offset in {0, end - 1} if end else ():
        here, there = await _one(target, partition, offset), await _one(source, partition, offset)
        if here is None or there is None or (here.id, here.stamp) != (there.id, there.stamp):
            raise Invalid("the target log already holds entries", code="TARGET_NOT_EMPTY")


async def _one(log: EventLog, partition: Partition, offset: int) -> Entry | None:
    return next(iter(await log.read(partition, offset, 1)), None)


async def _copy_partition(
    source: EventLog, target: EventLog, partition: Partition, offset: int
) -> int:
    while entries := await source.read(partition, offset, _PAGE):
        await target.append([to_append_again(entry) for entry in entries])
        offset = entries[-1].offset + 1
    return offset
