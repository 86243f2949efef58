"""A replay into a new log is as late as the log that it was copied from."""

from __future__ import annotations

from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.ticks import last_tick, tick_entry
from c360_kernel.log.topics import TICKS
from c360_kernel.testing.entries import record_entry

from c360_cli.projections.copying import copy_truth


async def test_the_last_tick_is_copied_once() -> None:
    source, target = MemoryLog(), MemoryLog()
    await source.append([record_entry("a"), tick_entry(5), record_entry("b"), tick_entry(9)])
    assert await copy_truth(source, target) == 2
    assert await copy_truth(source, target) == 2
    copied, last = await last_tick(target), await last_tick(source)
    assert copied is not None
    assert last is not None
    assert (copied.id, copied.data, copied.stamp) == (last.id, last.data, last.stamp)
    assert sum((await target.ends([TICKS])).values()) == 1


async def test_a_log_without_time_is_copied_without() -> None:
    source, target = MemoryLog(), MemoryLog()
    await source.append([record_entry("a")])
    assert await copy_truth(source, target) == 1
    assert await last_tick(target) is None
