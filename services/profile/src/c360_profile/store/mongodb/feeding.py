"""The part of the store that feeding it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from c360_kernel.log.entry import Entry, Position, Positions, spans_of
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb_deadline import store_errors
from c360_kernel.projection.mongodb_marks import mark, marked, unmark
from c360_kernel.projection.origin import Witness
from c360_kernel.projection.port import Attempt, Outgoing
from c360_kernel.projection.schedule import TimedStore, Waiting
from c360_kernel.projection.witness import LatestEntries
from typing_extensions import override

from c360_profile.store.mongodb.current import Current
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.schedule import next_due
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.mongodb.unit import MongoProfileUnit


class MongoFeeding(TimedStore[Any], Witness):
    """Units of work, and what the worker keeps between them."""

    def __init__(self, current: Current) -> None:
        self.epoch = 0
        self._current = current
        self._clock = SequenceClock()
        self._outbox = Outbox(self._clock)
        self._begun = LatestEntries()

    async def claimed(self, by: Origin) -> Origin:
        """What the store is fed from; `by`, from now on, if it was never told."""
        return await self._current.claimed(by)

    @asynccontextmanager
    @override
    async def unit(self) -> AsyncGenerator[MongoProfileUnit]:
        """Open a unit of work.

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
        """The next offset to handle of every partition handled so far."""
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).positions

    @override
    async def witnessed(self) -> Mapping[Position, str]:
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
        """What `fold_by` noted last."""
        generation = await self._current.look()
        with store_errors():
            return (await generation.state()).folded_by

    async def refer_by(self, properties: Collection[str]) -> None:
        """Let events be found by what these properties hold."""
        generation = await self._current.look()
        with store_errors():
            await generation.refer_by(properties)

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch. Of several that start at once the greatest holds."""
        generation = await self._current.look()
        with store_errors():
            await generation.change_state({"$max": {"epoch": epoch}})
            self.epoch = (await generation.state()).epoch

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        """The oldest entries of the outbox."""
        generation = await self._current.get()
        with store_errors():
            return await self._outbox.outgoing(generation, limit)

    async def relayed(self, sequences: Sequence[int]) -> None:
        """Drop these entries from the outbox: the log has them."""
        generation = await self._current.get()
        with store_errors():
            await self._outbox.relayed(generation, sequences)

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        generation = await self._current.get()
        with store_errors():
            await self._outbox.clear(generation)

    async def attempts(self) -> Sequence[Attempt]:
        """What was begun and never ended."""
        generation = await self._current.get()
        with store_errors():
            return await marked(generation.begun)

    async def begin(self, entries: Sequence[Entry]) -> None:
        """Remember that handling these entries begins."""
        self._begun.begin(entries)
        generation = await self._current.get()
        with store_errors():
            await mark(generation.begun, spans_of(entries))

    async def end(self, entries: Sequence[Entry]) -> None:
        """These entries are handled or put aside."""
        generation = await self._current.get()
        with store_errors():
            await unmark(generation.begun, spans_of(entries))
