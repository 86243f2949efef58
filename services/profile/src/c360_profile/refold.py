"""Brings golden profiles up to a changed catalog."""

from __future__ import annotations

from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.emission import uncaused
from c360_profile.handlers import ProfileHandler
from c360_profile.store.port import ProfileStore

_PAGE = 500


async def refold(store: ProfileStore, handler: ProfileHandler) -> None:
    """Fold every live customer anew if the store was last folded by another catalog.

    Stopped half-way it starts over: customers already folded come out unchanged.
    """
    digest = handler.rules.catalog.digest
    if await store.folded_by() == digest:
        return
    after: Place | None = None
    while customers := await store.page(CustomerQuery(after=after), _PAGE):
        after = Place(None, customers[-1].id)
        async with store.unit() as unit:
            await handler.refresh(unit, {c.id: uncaused() for c in customers})
    async with store.unit() as unit:
        await unit.fold_by(digest)
