"""Deliveries of one connector from the log, each behind a position once all of it was taken.

Every connector has a group of its own, so that a source that is away keeps its own deliveries
waiting and nobody else's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

from c360_connectors.pulling.ports import Aside
from c360_connectors.pulling.state import PullState, States
from c360_connectors.receiving.delivery import group_of
from c360_connectors.receiving.taking import DeliveryTaking
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry, Partition, Positions, partition_of
from c360_kernel.log.port import Consumer, EventLog
from c360_kernel.log.topics import INBOX
from c360_kernel.metrics import CONNECT_FORGOTTEN
from c360_kernel.payload import DeliveryReceived
from c360_kernel.stamp import wall_clock_ms

AT_ONCE = 100
FORGOTTEN = "forgotten"
"""Counts deliveries that were answered and went from the inbox by their age or size, untaken."""
_LOOK_S = 1.0


class Inbox:
    """Takes what was delivered to a connector."""

    def __init__(
        self,
        name: str,
        log: EventLog,
        taking: DeliveryTaking,
        aside: Aside,
        states: States,
    ) -> None:
        self._name = name
        self._log = log
        self._taking = taking
        self._aside = aside
        self._states = states
        # A series that begins above zero has not grown, for whoever asks by how much.
        CONNECT_FORGOTTEN.add(name, amount=0)

    async def on(self) -> PullState:
        """Take deliveries for ever. Raises what taking does; what was polled comes again."""
        async with self._consuming() as consumer:
            while True:
                await self._step(consumer)

    async def to_the_end(self) -> PullState:
        """Take those that are there; the state then. Raises what taking does."""
        async with self._consuming() as consumer:
            while not await self._is_at_the_end():
                await self._step(consumer)
        return self._states.load()

    @asynccontextmanager
    async def _consuming(self) -> AsyncGenerator[Consumer]:
        consumer = self._log.consumer(group_of(self._name), (INBOX,), self._start)
        try:
            yield consumer
        finally:
            await consumer.close()

    async def _start(self) -> Positions:
        known = await self._known()
        state = await self._without_what_is_forgotten(known)
        if state != known:
            self._states.save(state)
        return _positions(state)

    async def _without_what_is_forgotten(self, state: PullState) -> PullState:
        """From the first entries that the inbox still has.

        What it had and nobody took in time is counted: of a partition that several connectors
        share, whose it was nobody can tell any more, so each of them counts it. Of a partition
        that this connector is met in for the first time nothing was its own.
        """
        at, forgotten = dict(_positions(state)), 0
        ends = await self._log.ends((INBOX,))
        own = partition_of(self._name, len(ends))
        for place, end in ends.items():
            first = await self._first(place, at.get(place, 0), end)
            if place in at and place.number == own:
                forgotten += first - at[place]
            at[place] = first
        state = self._counted(state, forgotten)
        return replace(state, positions={str(one.number): offset for one, offset in at.items()})

    async def _without_what_went_meanwhile(
        self, state: PullState, entries: Sequence[Entry]
    ) -> PullState:
        """What is between where it was and what came next went while it took what was before."""
        own = partition_of(self._name, len(await self._log.ends((INBOX,))))
        first = next((one.offset for one in entries if one.partition == own), 0)
        return self._counted(state, max(0, first - state.positions.get(str(own), first)))

    def _counted(self, state: PullState, forgotten: int) -> PullState:
        if not forgotten:
            return state
        CONNECT_FORGOTTEN.add(self._name, amount=forgotten)
        return state.counted({FORGOTTEN: forgotten})

    async def _first(self, place: Partition, offset: int, end: int) -> int:
        found = await self._log.read(place, offset, 1) if offset < end else ()
        return found[0].offset if found else end

    async def _known(self) -> PullState:
        """How far it is in this log: of another, or of one that was put back, that says nothing."""
        state = self._states.load()
        log = (await self._log.identity()).origin.log
        ends = await self._log.ends((INBOX,))
        is_within = all(at <= ends.get(one, 0) for one, at in _positions(state).items())
        if is_within and state.log in ("", log):
            return replace(state, log=log)
        return replace(state, log=log, positions={})

    async def _is_at_the_end(self) -> bool:
        at = await self._start()
        ends = await self._log.ends((INBOX,))
        # What was there may have gone by its age, and is counted then.
        return all(at.get(one, 0) >= end for one, end in ends.items())

    async def _step(self, consumer: Consumer) -> None:
        entries = await consumer.poll(AT_ONCE, _LOOK_S)
        if not entries:
            return
        mine = [one for one in entries if one.key == self._name]
        state = await self._known()
        if mine:
            state = await self._taken(state, mine)
        state = await self._without_what_went_meanwhile(state, entries)
        after = {str(one.partition): one.offset + 1 for one in entries}
        ended = replace(state, positions={**state.positions, **after})
        self._states.save(ended)
        await consumer.commit({Partition(INBOX, int(n)): at for n, at in after.items()})

    async def _taken(self, state: PullState, entries: Sequence[Entry]) -> PullState:
        bodies = [cast("DeliveryReceived", decode(INBOX, one.data)).body for one in entries]
        taken = await self._taking.bodies(bodies)
        length = state.aside_bytes
        if taken.aside:
            length = self._aside.put(taken.aside, length)
        counts = {**taken.counts, "deliveries": len(entries), "aside": len(taken.aside)}
        return replace(
            state.counted(counts, taken.identifiers),
            aside_bytes=length,
            runs=state.runs + 1,
            ended_ms=wall_clock_ms(),
            code="",
            message="",
            is_stopped=False,
        )


def _positions(state: PullState) -> Positions:
    return {Partition(INBOX, int(number)): at for number, at in state.positions.items()}
