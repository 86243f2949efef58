"""Copying the truth of one log into another, stamps and all."""

from __future__ import annotations

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import TRUTH, Partition, to_append_again
from c360_kernel.log.port import EventLog

_PAGE = 1000


async def copy_truth(source: EventLog, target: EventLog) -> int:
    """Append every truth entry of `source` to `target`; return how many.

    The target must hold no truth yet (`Invalid`, TARGET_NOT_EMPTY).
    """
    if any((await target.ends(TRUTH)).values()):
        raise Invalid("the target log already holds entries", code="TARGET_NOT_EMPTY")
    copied = 0
    for partition in await source.ends(TRUTH):
        copied += await _copy_partition(source, target, partition)
    return copied


async def _copy_partition(source: EventLog, target: EventLog, partition: Partition) -> int:
    offset = 0
    while entries := await source.read(partition, offset, _PAGE):
        await target.append([to_append_again(entry) for entry in entries])
        offset = entries[-1].offset + 1
    return offset
