"""The part of the store that feeding it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.basis import MarkedStore
from c360_kernel.projection.mongodb_fed import MongoFed
from c360_kernel.projection.mongodb_generations import Current
from c360_kernel.projection.mongodb_schedule import next_due
from c360_kernel.projection.port import Outgoing
from c360_kernel.projection.schedule import TimedStore, Waiting
from typing_extensions import override

from c360_account.store.mongodb import outbox
from c360_account.store.mongodb.generation import Generation
from c360_account.store.mongodb.journal import settled
from c360_account.store.mongodb.unit import HeldAccounts


class MongoFeeding(MongoFed[Generation], TimedStore[Any], MarkedStore):
    """Units of work, and what the worker keeps between them."""

    def __init__(self, current: Current[Generation], account_id: CustomerIds) -> None:
        super().__init__(current)
        self._account_id = account_id

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[HeldAccounts]:
        """Open a unit of work.

        Epoch and generation are those of this moment, whoever changed them.
        """
        generation = await self._current.look()
        with store_errors():
            state = await settled(generation)
        self.epoch = state.epoch
        unit = HeldAccounts(generation, state, self._account_id, self._begun)
        yield unit
        await unit.write()

    @override
    async def waiting(self) -> Waiting:
        generation = await self._current.get()
        with store_errors():
            due = await next_due(generation.scheduled)
            return Waiting((await generation.state()).present, due)

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
