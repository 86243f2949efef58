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
from c360_connectors.receiving.taking import DeliveryTaking
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry, Partition, Positions
from c360_kernel.log.port import Consumer, EventLog
from c360_kernel.log.topics import INBOX
from c360_kernel.payload import DeliveryReceived
from c360_kernel.stamp import wall_clock_ms

AT_ONCE = 100
_LOOK_S = 1.0


def group_of(connector: str) -> str:
    """The consumer group of a connector."""
    return f"connect-{connector}"


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
        return _positions(await self._known())

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
        behind = [one for one, end in ends.items() if at.get(one, 0) < end]
        # What was there may have gone by its age.
        return not any([await self._log.read(one, at.get(one, 0), 1) for one in behind])

    async def _step(self, consumer: Consumer) -> None:
        entries = await consumer.poll(AT_ONCE, _LOOK_S)
        if not entries:
            return
        mine = [one for one in entries if one.key == self._name]
        state = await self._known()
        if mine:
            state = await self._taken(state, mine)
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
