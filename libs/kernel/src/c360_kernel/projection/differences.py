"""Publishing only what a derived topic does not say already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from c360_kernel.payload import Derived
from c360_kernel.projection.port import ServiceStore

# A server's transaction may only last so long.
_PAGE = 500


async def state_differences(
    store: ServiceStore, published: Mapping[tuple[str, str], Derived]
) -> int:
    """Put into the outbox, in place of what is there, what `published` lacks; return how many."""
    await store.clear_outbox()
    differences = [payload async for payload in _differences(store, published)]
    for start in range(0, len(differences), _PAGE):
        async with store.unit() as unit:
            for payload in differences[start : start + _PAGE]:
                await unit.restate(payload)
    return len(differences)


async def _differences(
    store: ServiceStore, published: Mapping[tuple[str, str], Derived]
) -> AsyncIterator[Derived]:
    gone = dict(published)
    async for payload in store.emissions():
        before = gone.pop(payload.key, None)
        if before is None:
            if payload.content() is not None:
                yield payload
        elif before.content() != payload.content():
            yield payload.following(before)
    for before in gone.values():
        if before.content() is not None:
            yield before.ending()
