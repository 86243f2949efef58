"""Another catalog: accounts are derived from the log again where it names them otherwise."""

from __future__ import annotations

from c360_kernel.projection.basis import MarkedStore, mark


async def adopt(store: MarkedStore, basis: str) -> None:
    """Mark a store that was never fed. Raises `Unusable` (CATALOG_CHANGED) for one of another."""
    await mark(
        store,
        basis,
        "the catalog's identifiers of accounts, what is computed of them, or regions",
        "account",
    )
