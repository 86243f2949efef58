"""What every store on MongoDB makes of a process that was killed between two of its writes.

Run as a module with SERVICE_ON LOG_FOLDER STORE_URL WRITES, the first as MODULE:NAME, it feeds a
store and dies by SIGKILL once so many of its writes have been answered.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pymongo import monitoring
from typing_extensions import override

from c360_kernel.log.entry import NewEntry
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.payload import Derived
from c360_kernel.projection.published import last_published
from c360_kernel.testing.feeding import ServiceOn, work, write_log

_WRITES = ("insert", "update", "delete")


async def _nothing(_: object) -> None:
    return None


async def expect_completed(
    service_on: ServiceOn,
    entries: Sequence[NewEntry],
    folder: Path,
    url: str,
    writes: int,
    told: Callable[[Derived], object],
    counted: Callable[[Any], Awaitable[object]] = _nothing,
) -> None:
    """Whoever comes after one that was killed after so many writes ends as if it had not been.

    `told` is what the log says last of each key and the state has to agree in, `counted`
    what of a store is in no digest. `folder` and the database of `url` are empty.
    """
    undisturbed = await write_log(folder / "one", entries)
    embedded = service_on(folder / "one", None)
    await work(embedded, undisturbed)
    log, service = await write_log(folder / "two", entries), service_on(folder / "two", url)

    _kill_after(writes, service_on, folder / "two", url)
    await work(service, log)

    expected, store = embedded.open_store(), service.open_store()
    assert await store.digest() == await expected.digest()
    assert await store.counts() == await expected.counts()
    assert await counted(store) == await counted(expected)
    assert await store.positions() == await expected.positions()
    published = await last_published(log, service.derived)
    states = {payload.key: told(payload) async for payload in store.emissions()}
    assert {key: told(payload) for key, payload in published.items()} == states
    assert await store.outgoing(1) == []
    for opened in (expected, store, log, undisturbed):
        await opened.close()


def _kill_after(writes: int, service_on: ServiceOn, folder: Path, url: str) -> None:
    module = sys.modules[service_on.__module__]
    named = f"{module.__name__}:{service_on.__name__}"
    # From where the module is imported, by its whole name.
    root = Path(module.__file__ or "").parents[module.__name__.count(".")]
    command = [sys.executable, "-m", __name__, named, str(folder), url, str(writes)]
    ended = subprocess.run(command, cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL


class _Killer(monitoring.CommandListener):
    def __init__(self, writes: int) -> None:
        self._left = writes

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """A command may still fail."""

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._left -= event.command_name in _WRITES
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It will be tried again."""


def _main(named: str, folder: str, url: str, writes: str) -> None:
    module, _, name = named.partition(":")
    service_on: Any = getattr(import_module(module), name)
    monitoring.register(_Killer(int(writes)))
    asyncio.run(work(service_on(Path(folder), url), SqliteLog(Path(folder))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
