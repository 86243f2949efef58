"""Whether a store was derived under the catalog of now: normal forms are made as entries come in.

A store of another basis is derived from the log again; until it is, nothing more is fed into it.
"""

from __future__ import annotations

from c360_kernel.errors import Unusable, by_replay

from c360_account.store.port import MarkedStore


async def is_current(store: MarkedStore, basis: str) -> bool:
    """Whether it was derived under this basis; a store that was never fed is of any."""
    return await store.derived_by() == basis or not await store.positions()


async def adopt(store: MarkedStore, basis: str) -> None:
    """Mark a store that was never fed. Raises `Unusable` (CATALOG_CHANGED) for one of another."""
    if await store.derived_by() == basis:
        return
    if await store.positions():
        raise Unusable(
            f"the catalog's identifiers of accounts, or regions, changed: {by_replay('account')}",
            code="CATALOG_CHANGED",
        )
    await store.derive_by(basis)
