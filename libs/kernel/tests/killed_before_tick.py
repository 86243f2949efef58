"""Handles two events that schedule something, says so, and waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.testing.timers import event_entry, instance

from libs.kernel.tests.test_ticks import Store


async def main(folder: Path) -> None:
    log, store = SqliteLog(folder / "log"), Store(folder / "timed.db")
    await log.append([event_entry("a", 5), event_entry("b", 6)])
    await instance(log, store).work()
    print("scheduled", flush=True)
    await asyncio.sleep(600)


asyncio.run(main(Path(sys.argv[1])))
