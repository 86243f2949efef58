"""Brings golden profiles up to a changed catalog."""

from __future__ import annotations

from c360_kernel.projection.progress import Progress

from c360_profile.domain.basis import basis_of
from c360_profile.domain.quality.cells import Cells
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.domain.search.search import texts_of
from c360_profile.emission import uncaused
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.handlers.quality import QualityCounts
from c360_profile.store.port import ProfileStore

_PAGE = 500


async def refold(store: ProfileStore, handler: ProfileHandler, progress: Progress) -> None:
    """Fold every live customer anew if the store was last folded by another catalog.

    Stopped half-way it starts over: customers already folded come out unchanged. Raises
    `Interrupted`.
    """
    sights = handler.rules.computed.sights
    await store.refer_by({one.by for own in sights.values() for one in own})
    basis = basis_of(handler.rules.catalog)
    if await store.folded_by() != basis:
        await _fold_all(store, handler, progress)
        async with store.unit() as unit:
            await unit.fold_by(basis)
    await _look_at_bounds(store, handler.counts)


async def _look_at_bounds(store: ProfileStore, counts: QualityCounts) -> None:
    """What crosses other bounds than those that were looked at last is told at once."""
    if not await counts.bounds.are_noted(Cells(store.cells)):
        async with store.unit() as unit:
            await counts.look(unit, uncaused())


async def _fold_all(store: ProfileStore, handler: ProfileHandler, progress: Progress) -> None:
    after: Place | None = None
    done, customers = 0, await store.page(CustomerQuery(), _PAGE)
    if customers:
        progress.begin("refolding customers", (await store.counts())["customers"])
    while customers:
        async with store.unit() as unit:
            ids = [c.id for c in customers]
            await handler.recarry(unit, ids)
            linked = await unit.linked(ids)
            told = {one.key: one for some in linked.values() for one in some}.values()
            await handler.refresh(unit, {id_: uncaused() for id_ in ids}, told=told)
            folded = await unit.customers(ids)
            await unit.seek_by(
                {id_: texts_of(c.traits, handler.searched) for id_, c in folded.items()}
            )
        done += len(customers)
        progress.step(done)
        after = Place((), customers[-1].id)
        customers = await store.page(CustomerQuery(after=after), _PAGE)
    progress.end()
