"""Another catalog: customers are derived from the log again where it names people otherwise."""

from __future__ import annotations

from c360_kernel.projection.basis import MarkedStore, mark

_PARTS = "the catalog's identifiers or regions, or the model of likeness"


async def adopt(store: MarkedStore, basis: str) -> None:
    """Mark a store that was never fed. Raises `Unusable` (CATALOG_CHANGED) for one of another."""
    await mark(store, basis, _PARTS, "identity")
