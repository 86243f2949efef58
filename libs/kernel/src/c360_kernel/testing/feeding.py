"""A log that several processes can open, and a service's store fed from it to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.projection.service import DerivingService, Service

ServiceOn: TypeAlias = Callable[[Path, str | None], DerivingService]
"""A service on the store of a URL, or on a file in a folder; a function of some module."""


async def write_log(folder: Path, entries: Sequence[NewEntry]) -> SqliteLog:
    """A log of these entries in a folder."""
    log = SqliteLog(folder)
    await log.append(entries)
    return log


async def work(service: Service, log: EventLog) -> None:
    """Feed the service's store until nothing is left."""
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0):
        pass
    await worker.close()
    await store.close()
