"""Feed a store and die by SIGKILL once so many of its writes have been answered.

Run as a module of the checkout with LOG_FOLDER STORE_URL WRITES.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from c360_kernel.log.sqlite import SqliteLog
from pymongo import monitoring

from services.account.tests.mongodb.told import service_on, work

_WRITES = ("insert", "update", "delete")


class _Killer(monitoring.CommandListener):
    def __init__(self, writes: int) -> None:
        self._left = writes

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """A command may still fail."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._left -= event.command_name in _WRITES
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It will be tried again."""


async def main() -> None:
    folder, url, writes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    monitoring.register(_Killer(writes))
    await work(service_on(folder, url), SqliteLog(folder))


asyncio.run(main())
