"""Entries of a topic that a source writes to, each behind an offset once all before was taken."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from c360_connectors.pulling.ports import Aside
from c360_connectors.pulling.state import PullState, States
from c360_connectors.pulling.taking import Taking
from c360_connectors.receiving.topic import said_in
from c360_connectors.refusals import ConnectorStopped
from c360_kernel.errors import Misaddressed, Transient
from c360_kernel.metrics import CONNECT_FORGOTTEN
from c360_kernel.stamp import wall_clock_ms

from c360_connect.inbox import FORGOTTEN

if TYPE_CHECKING:
    from c360_kernel.log.kafka_taking import Offsets, TopicEntry, TopicReader

AT_ONCE = 500
_LOOK_S = 1.0
_QUIET = 10
"""Looks without an entry after which there is none: marks of transactions stand behind the last."""


class Following:
    """Takes what a source writes to its topic."""

    def __init__(
        self, name: str, reader: TopicReader, taking: Taking, aside: Aside, states: States
    ) -> None:
        self._name = name
        self._reader = reader
        self._taking = taking
        self._aside = aside
        self._states = states
        CONNECT_FORGOTTEN.add(name, amount=0)

    async def on(self) -> PullState:
        """Take entries for ever. Raises what taking does; what was read comes again."""
        async with answering(self._reader):
            await self._begin()
            while True:
                await self._step()

    async def to_the_end(self) -> PullState:
        """Take those that are there; the state then. Raises what taking does."""
        async with answering(self._reader):
            ends, quiet = await self._begin(), 0
            while quiet < _QUIET and self._is_before(ends):
                quiet = 0 if await self._step() else quiet + 1
        return self._states.load()

    def _is_before(self, ends: Offsets) -> bool:
        at = self._at()
        return any(at.get(number, 0) < end for number, end in ends.items())

    async def _begin(self) -> Offsets:
        """From the first entries that the topic still has; where it ends.

        What went from it untaken is counted. One that ends before what was taken was made anew.
        """
        begins, ends = await self._reader.span()
        state, forgotten = self._known(), 0
        at = dict(_offsets(state))
        for number, begin in begins.items():
            taken = at.get(number, begin)
            forgotten += max(0, begin - taken)
            at[number] = begin if taken > ends[number] else max(begin, taken)
        self._states.save(_placed(self._counted(state, forgotten), at))
        return ends

    def _known(self) -> PullState:
        """How far it is in this topic: of another that says nothing."""
        state = self._states.load()
        if state.log in ("", self._reader.topic):
            return replace(state, log=self._reader.topic)
        return replace(state, log=self._reader.topic, positions={})

    def _counted(self, state: PullState, forgotten: int) -> PullState:
        if not forgotten:
            return state
        CONNECT_FORGOTTEN.add(self._name, amount=forgotten)
        return state.counted({FORGOTTEN: forgotten})

    def _at(self) -> Offsets:
        return _offsets(self._states.load())

    async def _step(self) -> bool:
        """Whether there was anything."""
        at = self._at()
        entries, after = await self._reader.read(at, AT_ONCE, _LOOK_S)
        forgotten = await self._went_meanwhile(at, entries, after)
        state = self._counted(self._states.load(), forgotten)
        if entries:
            state = await self._taken(state, entries)
        placed = _placed(state, after)
        if placed != state or entries:
            self._states.save(placed)
        if not after:
            # Clients look for one of this name again after minutes; it will be another topic then.
            raise Transient("the topic is not there any more", code="SOURCE_UNREACHABLE")
        return bool(entries)

    async def _went_meanwhile(
        self, at: Offsets, entries: Sequence[TopicEntry], after: Offsets
    ) -> int:
        """How many the topic forgot before what comes next.

        Others that are passed over are marks of transactions, and what was said anew since.
        """
        firsts = {**after, **{one.partition: one.offset for one in reversed(entries)}}
        passed = [number for number, first in firsts.items() if first > at.get(number, first)]
        if not passed:
            return 0
        begins, _ = await self._reader.span()
        gone = (min(firsts[one], begins.get(one, 0)) - at[one] for one in passed)
        return sum(max(0, number) for number in gone)

    async def _taken(self, state: PullState, entries: Sequence[TopicEntry]) -> PullState:
        rows = [said_in(one.value, one.headers) for one in entries if one.value is not None]
        taken = await self._taking.rows(rows)
        length = state.aside_bytes
        if taken.aside:
            length = self._aside.put(taken.aside, length)
        counts = {
            **taken.counts,
            "entries": len(entries),
            "tombstones": len(entries) - len(rows),
            "aside": len(taken.aside),
        }
        return replace(
            state.counted(counts, taken.identifiers),
            aside_bytes=length,
            runs=state.runs + 1,
            ended_ms=wall_clock_ms(),
            code="",
            message="",
            is_stopped=False,
        )


@asynccontextmanager
async def answering(reader: TopicReader) -> AsyncGenerator[None]:
    """While a topic is read; what its brokers are at fault for is told as of a source."""
    try:
        yield
    except Misaddressed as error:
        message = "the brokers of the topic do not let us in, or not do that"
        raise ConnectorStopped(message, code="CONNECTOR_UNAUTHORIZED") from error
    except Transient as error:
        if error.code != "LOG_UNAVAILABLE":
            raise
        message = "the brokers, or the topic, are not there"
        raise Transient(message, code="SOURCE_UNREACHABLE") from error
    finally:
        await reader.close()


def _offsets(state: PullState) -> Offsets:
    return {int(number): at for number, at in state.positions.items()}


def _placed(state: PullState, at: Offsets) -> PullState:
    return replace(state, positions={str(number): offset for number, offset in at.items()})
