"""The part of the store that feeding it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.mongodb_fed import MongoFed
from c360_kernel.projection.mongodb_schedule import next_due
from c360_kernel.projection.port import Outgoing
from c360_kernel.projection.schedule import TimedStore, Waiting
from typing_extensions import override

from c360_profile.store.mongodb.current import Current
from c360_profile.store.mongodb.generation import Generation, read_state
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.quality import Counts
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.mongodb.unit import MongoProfileUnit


class MongoFeeding(MongoFed[Generation], TimedStore[Any]):
    """Units of work, and what the worker keeps between them."""

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._clock = SequenceClock()
        self._outbox = Outbox(self._clock)
        self._counts = Counts(self._outbox)

    @asynccontextmanager
    @override
    async def unit(self) -> AsyncGenerator[MongoProfileUnit]:
        """Open a unit of work.

        Epoch and generation are those of this moment, whoever changed them.
        """
        generation, document = await self._current.stated()
        state = read_state(document)
        self.epoch = state.epoch
        number = self._clock.next()
        unit = MongoProfileUnit(generation, state, self._outbox, self._counts, number, self._begun)
        try:
            yield unit
            await unit.write()
        except BaseException:
            self._counts.forget()
            raise

    @override
    async def waiting(self) -> Waiting:
        generation = await self._current.get()
        with store_errors():
            due = await next_due(generation.scheduled)
            return Waiting((await generation.state()).present, due)

    async def folded_by(self) -> str | None:
        """What `fold_by` noted last."""
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).folded_by

    async def refer_by(self, properties: Collection[str]) -> None:
        """Let events be found by what these properties hold."""
        generation = await self._current.look()
        with store_errors():
            await generation.refer_by(properties)

    @override
    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        generation = await self._current.get()
        with store_errors():
            return await self._outbox.outgoing(generation, limit)

    @override
    async def relayed(self, sequences: Sequence[int]) -> None:
        generation = await self._current.get()
        with store_errors():
            await self._outbox.relayed(generation, sequences)

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        generation = await self._current.get()
        with store_errors():
            await self._outbox.clear(generation)
