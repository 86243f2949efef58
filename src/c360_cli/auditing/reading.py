"""The audit log of an instance, read in its directory, whether or not the instance runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from c360_audit.store.port import AuditLog
from c360_audit.store.proofs import TreeProofs
from c360_kernel.errors import SettingsError
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited
from c360_kernel.projection.service import Service

from c360_cli.assembly import Instance
from c360_cli.projections.draining import drain
from c360_cli.recording import record_in
from c360_cli.running.locking import sole_process

_AUDIT = "audit"
_LOOK_AGAIN_S = 0.1
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is on record up to now, with proofs."""

    log: AuditLog
    proofs: TreeProofs


@asynccontextmanager
async def reading(instance: Instance, question: OperationAudited) -> AsyncGenerator[OnRecord]:
    """Put a question on record, then let the audit log be read that has everything up to it.

    Where nobody feeds the audit log it is fed here. Raises what cannot be put on record.
    """
    log = instance.open_log()
    try:
        await record_in(log, instance.settings, question)
    finally:
        await log.close()
    async with as_fed(instance) as record:
        yield record


@asynccontextmanager
async def as_fed(instance: Instance) -> AsyncGenerator[OnRecord]:
    """Let the audit log be read that has everything which was on record before."""
    log, service = instance.open_log(), instance.service(_AUDIT)
    try:
        await _catch_up(instance, service, log)
    finally:
        await log.close()
    store = cast("AuditLog", service.open_store())
    try:
        yield OnRecord(store, TreeProofs(store.trees))
    finally:
        await store.close()


async def _catch_up(instance: Instance, service: Service, log: EventLog) -> None:
    if instance.settings.log is None:
        try:
            with sole_process(instance, [_AUDIT], wait_s=0):
                await drain([service], log)
                return
        except SettingsError as error:
            if error.code != "DATA_IN_USE":
                raise
    await _wait(service, log)


async def _wait(service: Service, log: EventLog) -> None:
    """Until whoever feeds it has, or for as long as that commonly takes."""
    ends = await log.ends([AUDIT])
    store = service.open_store()
    try:
        for _ in range(int(_PATIENCE_S / _LOOK_AGAIN_S)):
            held = await store.positions()
            if all(held.get(partition, 0) >= end for partition, end in ends.items()):
                return
            await asyncio.sleep(_LOOK_AGAIN_S)
    finally:
        await store.close()
