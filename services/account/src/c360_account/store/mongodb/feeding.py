"""The part of the store that feeding it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry, Position, Positions, spans_of
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.mongodb_generations import Current
from c360_kernel.projection.mongodb_marks import mark, marked, unmark
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import Attempt, Outgoing, ProjectionStore
from c360_kernel.projection.witness import LatestEntries
from typing_extensions import override

from c360_account.store.mongodb import outbox
from c360_account.store.mongodb.generation import Generation
from c360_account.store.mongodb.journal import settled
from c360_account.store.mongodb.unit import MongoAccountUnit


class MongoFeeding(ProjectionStore[Any], MarkedStore, Witness):
    """Units of work, and what the worker keeps between them."""

    def __init__(self, current: Current[Generation], account_id: CustomerIds) -> None:
        self.epoch = 0
        self._current = current
        self._account_id = account_id
        self._begun = LatestEntries()

    @override
    async def claimed(self, by: Origin) -> Origin:
        return await self._current.claimed(by)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MongoAccountUnit]:
        """Open a unit of work.

        Epoch and generation are those of this moment, whoever changed them.
        """
        generation = await self._current.look()
        with store_errors():
            state = await settled(generation)
        self.epoch = state.epoch
        unit = MongoAccountUnit(generation, state, self._account_id, self._begun)
        yield unit
        await unit.write()

    @override
    async def positions(self) -> Positions:
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).positions

    @override
    async def witnessed(self) -> Mapping[Position, str]:
        generation = await self._current.look()
        with store_errors():
            return await generation.witnessed()

    @override
    async def derived_by(self) -> str | None:
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).basis

    @override
    async def derive_by(self, basis: str) -> None:
        generation = await self._current.look()
        with store_errors():
            await generation.change_state({"$set": {"basis": basis}})

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch. Of several that start at once the greatest holds."""
        generation = await self._current.look()
        with store_errors():
            await generation.change_state({"$max": {"epoch": epoch}})
            self.epoch = (await generation.state()).epoch

    @override
    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        generation = await self._current.get()
        with store_errors():
            await settled(generation)
            return await outbox.outgoing(generation, limit)

    @override
    async def relayed(self, sequences: Sequence[int]) -> None:
        generation = await self._current.get()
        with store_errors():
            await outbox.relayed(generation, sequences)

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        generation = await self._current.get()
        with store_errors():
            await settled(generation)
            await outbox.clear(generation)

    @override
    async def attempts(self) -> Sequence[Attempt]:
        generation = await self._current.get()
        with store_errors():
            return await marked(generation.begun)

    @override
    async def begin(self, entries: Sequence[Entry]) -> None:
        self._begun.begin(entries)
        generation = await self._current.get()
        with store_errors():
            await mark(generation.begun, spans_of(entries))

    @override
    async def end(self, entries: Sequence[Entry]) -> None:
        generation = await self._current.get()
        with store_errors():
            await unmark(generation.begun, spans_of(entries))
