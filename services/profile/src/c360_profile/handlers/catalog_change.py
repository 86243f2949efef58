"""Brings golden profiles up to a changed catalog, or another model of quintiles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from c360_kernel.backoff import Backoff
from c360_kernel.errors import Conflict
from c360_kernel.projection.progress import Progress

from c360_profile.domain.basis import basis_of
from c360_profile.domain.quality.cells import Cells
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.domain.search.search import texts_of
from c360_profile.emission import uncaused
from c360_profile.handlers.accounts import fold_accounts
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.handlers.quality import QualityCounts
from c360_profile.store.port import ProfileStore

_PAGE = 500
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0
_PATIENCE_S = 60.0


async def refold(store: ProfileStore, handler: ProfileHandler, progress: Progress) -> None:
    """Fold every live customer anew if the store was last folded by another catalog, or by other
    cut points of quintiles.

    Stopped half-way it starts over: customers already folded come out unchanged. Where others work
    on the same customers, each page is folded until nobody was faster. Raises `Interrupted`, and
    `Conflict` if somebody was for a minute.
    """
    sights = handler.rules.computed.sights
    await store.refer_by({one.by for own in sights.values() for one in own})
    basis = basis_of(handler.rules.catalog, handler.rules.quintiles)
    if await store.folded_by() != basis:
        await _fold_all(store, handler, progress)
        await _fold_accounts(store, handler)
        await _until_first(partial(_note, store, basis))
    await _until_first(partial(_look_at_bounds, store, handler.counts))


async def _note(store: ProfileStore, basis: str) -> None:
    async with store.unit() as unit:
        await unit.fold_by(basis)


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
        await _until_first(partial(_fold, store, handler, [one.id for one in customers]))
        done += len(customers)
        progress.step(done)
        after = Place((), customers[-1].id)
        customers = await store.page(CustomerQuery(after=after), _PAGE)
    progress.end()


async def _fold_accounts(store: ProfileStore, handler: ProfileHandler) -> None:
    after = ""
    while ids := await store.account_ids(after, _PAGE):
        await _until_first(partial(_fold_some_accounts, store, handler, ids))
        after = ids[-1]


async def _fold_some_accounts(
    store: ProfileStore, handler: ProfileHandler, ids: Sequence[str]
) -> None:
    async with store.unit() as unit:
        await fold_accounts(unit, handler.accounts, ids)


async def _fold(store: ProfileStore, handler: ProfileHandler, ids: Sequence[str]) -> None:
    async with store.unit() as unit:
        await handler.recarry(unit, ids)
        linked = await unit.linked(ids)
        told = {one.key: one for some in linked.values() for one in some}.values()
        await handler.refresh(unit, {id_: uncaused() for id_ in ids}, told=told)
        folded = await unit.customers(ids)
        await unit.seek_by({id_: texts_of(c.traits, handler.searched) for id_, c in folded.items()})


async def _until_first(work: Callable[[], Awaitable[None]]) -> None:
    """Work that begins again while somebody else is faster: it is nobody's entry to be repeated."""
    pauses, end = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S), time.monotonic() + _PATIENCE_S
    while True:
        try:
            await work()
        except Conflict:
            if time.monotonic() >= end:
                raise
            await asyncio.sleep(pauses.pause_s())
        else:
            return
