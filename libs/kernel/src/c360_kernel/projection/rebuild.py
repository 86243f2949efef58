"""Rebuilding one projection from the log without disturbing what reads its topic.

The new store is fed with its outbox held back. What it would then say of each
key is compared with what its topic last said; only real differences are
stated, under versions of a new epoch that outrank all before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from c360_kernel.errors import Conflict
from c360_kernel.log.port import EventLog
from c360_kernel.payload import MembershipChanged, Payload, ProfileChanged, RecordAssigned
from c360_kernel.projection.said import Derived, key_of, last_said, next_epoch
from c360_kernel.projection.worker import Worker
from c360_kernel.service import Service, ServiceStore

_PATIENCE_S = 2.0


async def rebuild(
    service: Service, log: EventLog, store: ServiceStore, install: Callable[[], Awaitable[None]]
) -> int:
    """Feed an empty `store` with everything in the log; return how many differences it stated.

    `install` puts the finished store in its place; nobody else can feed the projection until
    then. Raises `Conflict` (GROUP_BUSY) when a running instance feeds it.
    """
    said = await last_said(log, service.derived)
    await store.start_epoch(next_epoch(said))
    worker = service.worker(log, store)
    try:
        await _feed(service, log, worker)
        differences = await _state_differences(store, said)
        await worker.relay()
        await install()
    finally:
        await worker.close()
    return differences


async def _state_differences(store: ServiceStore, said: Mapping[tuple[str, str], Derived]) -> int:
    await store.clear_outbox()
    differences = [payload async for payload in _differences(store, said)]
    async with store.unit() as unit:
        for payload in differences:
            await unit.restate(payload)
    return len(differences)


async def _feed(service: Service, log: EventLog, worker: Worker[Any]) -> None:
    ends = await log.ends(service.topics)
    left = sum(ends.values())
    while left > 0:
        handled = await worker.feed(_PATIENCE_S)
        if not handled:
            raise Conflict(
                f"a running instance feeds {service.name}: stop it first", code="GROUP_BUSY"
            )
        left -= len(handled)


async def _differences(
    store: ServiceStore, said: Mapping[tuple[str, str], Derived]
) -> AsyncIterator[Payload]:
    unsaid = dict(said)
    async for payload in store.emissions():
        derived = cast(Derived, payload)
        before = unsaid.pop(key_of(derived), None)
        if _content(before) != _content(derived):
            yield _following(before, derived)
    for gone in unsaid.values():
        if _content(gone) is not None:
            yield _ended(gone)


def _following(before: Derived | None, payload: Derived) -> Payload:
    """The payload, telling also which customer a record leaves by it."""
    if isinstance(before, RecordAssigned) and isinstance(payload, RecordAssigned):
        return replace(payload, left=before.customer)
    return payload


def _content(payload: Derived | None) -> object:
    """What a reader of the topic would keep; None when that is nothing."""
    match payload:
        case RecordAssigned():
            return payload.customer or None
        case ProfileChanged():
            return None if payload.ended else dict(payload.traits)
        case MembershipChanged():
            return payload.member or None
        case None:
            return None


def _ended(payload: Derived) -> Payload:
    match payload:
        case RecordAssigned():
            return replace(payload, customer="", left=payload.customer)
        case ProfileChanged():
            return replace(payload, traits={}, ended=True)
        case MembershipChanged():
            return replace(payload, member=False)
