"""Whether a store was derived under the rules of now: normal forms are made as entries come in.

A basis names those rules. A store of another one is derived from the log again; until it is,
nothing more is fed into it.
"""

from __future__ import annotations

from typing import Protocol

from c360_kernel.errors import Unusable, by_replay
from c360_kernel.log.entry import Positions


class MarkedStore(Protocol):
    """A store that knows under which basis it was derived, beside its content."""

    async def positions(self) -> Positions:
        """The next offset to handle of every partition handled so far."""
        ...

    async def derived_by(self) -> str | None:
        """The basis that it was marked with; None before any."""
        ...

    async def derive_by(self, basis: str) -> None:
        """Mark it."""
        ...


async def is_current(store: MarkedStore, basis: str) -> bool:
    """Whether it was derived under this basis; a store that was never fed is of any."""
    return await store.derived_by() == basis or not await store.positions()


async def mark(store: MarkedStore, basis: str, parts: str, service: str) -> None:
    """Mark a store that was never fed. Raises `Unusable` (CATALOG_CHANGED) for one of another.

    `parts` are what a basis of this service is made of.
    """
    if await store.derived_by() == basis:
        return
    if await store.positions():
        message = f"{parts}, changed: {by_replay(service)}"
        raise Unusable(message, code="CATALOG_CHANGED")
    await store.derive_by(basis)
