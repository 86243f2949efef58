"""Deriving until nothing is left to handle, in this process, without serving anybody."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Service
from c360_kernel.projection.worker import Worker


async def drain(services: Sequence[Service], log: EventLog) -> None:
    """Step every service's worker, in the order data flows, until none finds an entry."""
    async with AsyncExitStack() as open_things:
        workers = [await _worker(service, log, open_things) for service in services]
        while any([await worker.exhaust() for worker in workers]):
            pass


async def _worker(service: Service, log: EventLog, open_things: AsyncExitStack) -> Worker[Any]:
    store = service.open_store()
    open_things.push_async_callback(store.close)
    await service.opened(log, store)
    worker = service.worker(log, store)
    open_things.push_async_callback(worker.close)
    return worker
