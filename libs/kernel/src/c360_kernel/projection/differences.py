"""Stating only what a derived topic does not say already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import cast

from c360_kernel.payload import MembershipChanged, Payload, ProfileChanged, RecordAssigned
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.said import Derived, key_of

# A server's transaction may only last so long.
_PAGE = 500


async def state_differences(store: ServiceStore, said: Mapping[tuple[str, str], Derived]) -> int:
    """Put into the outbox, in place of what is there, what `said` lacks; return how many."""
    await store.clear_outbox()
    differences = [payload async for payload in _differences(store, said)]
    for start in range(0, len(differences), _PAGE):
        async with store.unit() as unit:
            for payload in differences[start : start + _PAGE]:
                await unit.restate(payload)
    return len(differences)


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
            return None if payload.ended else (dict(payload.traits), payload.left_out)
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
