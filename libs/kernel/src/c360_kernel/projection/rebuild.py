"""Rebuilding one projection from the log without disturbing what reads its topic.

The new store is fed with its outbox held back. What it would then say of each
key is compared with what its topic says; only real differences are
stated, under versions of a new epoch that outrank all before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from c360_kernel.errors import Conflict
from c360_kernel.log.port import EventLog
from c360_kernel.projection.differences import state_differences
from c360_kernel.projection.origin import refuse_foreign
from c360_kernel.projection.port import FedStore, ServiceStore
from c360_kernel.projection.published import last_published
from c360_kernel.projection.service import DerivingService, Service
from c360_kernel.projection.worker import Worker

_DOING = "deriving from the log"


async def rebuild(
    service: DerivingService,
    log: EventLog,
    store: ServiceStore,
    install: Callable[[], Awaitable[None]],
) -> int:
    """Feed an empty `store` with everything in the log; return how many differences it stated.

    `install` puts the finished store in its place; nobody else can feed the projection until
    then. Raises `Conflict` (GROUP_BUSY) when a running instance feeds it, and `SettingsError`
    (STORE_FOREIGN) when the store to be replaced is another instance's; `Interrupted`.
    """
    await refuse_foreign(service.name, log, store)
    published = await last_published(log, service.derived)
    await service.begin_epoch(log, store, published)
    worker = service.worker(log, store)
    try:
        await _feed(service, log, worker)
        service.progress.end()
        differences = await state_differences(store, published, service.restate)
        await service.restate_beside(log, store, is_fed=True)
        await worker.relay()
        await install()
    finally:
        await worker.close()
    return differences


async def refill(
    service: Service,
    log: EventLog,
    store: FedStore,
    install: Callable[[], Awaitable[None]],
) -> None:
    """Feed an empty `store` of a service that states nothing, then `install`. Raises as above."""
    await refuse_foreign(service.name, log, store)
    worker = service.worker(log, store)
    try:
        await _feed(service, log, worker)
        service.progress.end()
        await worker.relay()
        await install()
    finally:
        await worker.close()


async def _feed(service: Service, log: EventLog, worker: Worker[Any]) -> None:
    ends = await log.ends(service.topics)
    reached = dict.fromkeys(ends, 0)
    total = sum(ends.values())
    service.progress.begin(_DOING, total)
    # Not counted: of topics whose old entries go, there are fewer than their ends say.
    while any(reached[partition] < end for partition, end in ends.items()):
        service.progress.step(sum(reached.values()))
        # Where everything is embedded nothing else would be heard meanwhile.
        await asyncio.sleep(0)
        handled = await worker.feed(log.takeover_s)
        if not handled:
            raise Conflict(
                f"a running instance feeds {service.name}: stop it first", code="GROUP_BUSY"
            )
        reached |= {entry.topic_partition: entry.offset + 1 for entry in handled}
