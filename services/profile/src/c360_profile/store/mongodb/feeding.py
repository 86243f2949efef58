"""The part of the store that feeding it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.log.entry import Entry, Position, Positions
from c360_kernel.log.identity import Origin
from c360_kernel.projection.port import Attempt, Outgoing
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.projection.witness import Begun
from typing_extensions import override

from c360_profile.store.mongodb.connection import store_errors
from c360_profile.store.mongodb.current import Current
from c360_profile.store.mongodb.marks import mark, marked, ranges_of, unmark
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.schedule import next_due
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.mongodb.unit import MongoProfileUnit


class MongoFeeding(TimedStore[Any]):
    """Units of work, and what the worker keeps between them."""

    def __init__(self, current: Current) -> None:
        self.epoch = 0
        self._current = current
        self._clock = SequenceClock()
        self._outbox = Outbox(self._clock)
        self._begun = Begun()

    async def claimed(self, by: Origin) -> Origin:
        """See `ProjectionStore.claimed`."""
        return await self._current.claimed(by)

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[MongoProfileUnit]:
        """See `ProfileStore.unit`.

        Epoch and generation are those of this moment, whoever changed them.
        """
        generation = await self._current.look()
        with store_errors():
            state = await generation.state()
        self.epoch = state.epoch
        number = self._clock.next()
        unit = MongoProfileUnit(generation, state, self._outbox, number, self._begun)
        yield unit
        await unit.write()

    async def positions(self) -> Positions:
        """See `ProjectionStore.positions`."""
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).positions

    async def witnessed(self) -> Mapping[Position, str]:
        """See `c360_kernel.projection.origin.Witness`."""
        generation = await self._current.look()
        with store_errors():
            return await generation.witnessed()

    @override
    async def waiting(self) -> Waiting:
        generation = await self._current.get()
        with store_errors():
            due = await next_due(generation.scheduled)
            return Waiting((await generation.state()).present, due)

    async def folded_by(self) -> str | None:
        """See `ProfileStore.folded_by`."""
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).folded_by

    async def refer_by(self, properties: Collection[str]) -> None:
        """See `ProfileStore.refer_by`."""
        generation = await self._current.look()
        with store_errors():
            await generation.refer_by(properties)

    async def start_epoch(self, epoch: int) -> None:
        """See `ServiceStore.start_epoch`. Of several that start at once the greatest holds."""
        generation = await self._current.look()
        with store_errors():
            await generation.change_state({"$max": {"epoch": epoch}})
            self.epoch = (await generation.state()).epoch

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        """See `ProjectionStore.outgoing`."""
        generation = await self._current.get()
        with store_errors():
            return await self._outbox.outgoing(generation, limit)

    async def relayed(self, sequences: Sequence[int]) -> None:
        """See `ProjectionStore.relayed`."""
        generation = await self._current.get()
        with store_errors():
            await self._outbox.relayed(generation, sequences)

    async def clear_outbox(self) -> None:
        """See `ServiceStore.clear_outbox`."""
        generation = await self._current.get()
        with store_errors():
            await self._outbox.clear(generation)

    async def attempts(self) -> Sequence[Attempt]:
        """See `ProjectionStore.attempts`."""
        generation = await self._current.get()
        with store_errors():
            return await marked(generation.begun)

    async def begin(self, entries: Sequence[Entry]) -> None:
        """See `ProjectionStore.begin`."""
        self._begun.begin(entries)
        generation = await self._current.get()
        with store_errors():
            await mark(generation.begun, ranges_of(entries))

    async def end(self, entries: Sequence[Entry]) -> None:
        """See `ProjectionStore.end`."""
        generation = await self._current.get()
        with store_errors():
            await unmark(generation.begun, ranges_of(entries))
