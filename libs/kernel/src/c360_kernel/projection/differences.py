"""Publishing only what a derived topic does not say already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from c360_kernel.payload import Derived
from c360_kernel.projection.port import ServiceStore

# A server's transaction may only last so long.
_PAGE = 500

Restate = Callable[[Any, Sequence[Any]], Awaitable[None]]
"""States payloads of a service's derived topic, of each key one, anew in an open unit of its own.


Each is told under a fresh version; the one that it has is ignored.
"""


async def state_differences(
    store: ServiceStore, published: Mapping[tuple[str, str], Derived], restate: Restate
) -> int:
    """Put into the outbox, in place of what is there, what `published` lacks; return how many."""
    await store.clear_outbox()
    differences = [payload async for payload in _differences(store, published)]
    for start in range(0, len(differences), _PAGE):
        async with store.unit() as unit:
            await restate(unit, differences[start : start + _PAGE])
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
