"""Reads topics from their end on, for as long as somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from logging import getLogger
from typing import TypeVar

from c360_kernel.backoff import Backoff
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog

_BATCH = 500
_IDLE_S = 1.0
# Entries gather meanwhile, so that a log that changes all the time is not asked all the time.
_GATHER_S = 0.03
_CANCEL_AGAIN_S = 0.1
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0

_log = getLogger(__name__)

T = TypeVar("T")
Deliver = Callable[[Entry], None]
Break = Callable[[Exception], None]


class Tail:
    """One reader of topics, started for the first listener and stopped with the last.

    Entries go to `deliver` once each, in offset order per partition, and none of a topic before
    those of the topics named earlier that were there before it; one that `deliver` finds `Invalid`
    is left out. While the log cannot be read the tail waits and tries again from where
    it is. Any other error ends the reading and goes to `broken`, for the listeners to be told.
    """

    def __init__(
        self, log: EventLog, topics: Sequence[str], deliver: Deliver, broken: Break
    ) -> None:
        self._log = log
        self._topics = topics
        self._name = " and ".join(topics)
        self._deliver = deliver
        self._broken = broken
        self._listeners = 0
        self._begun = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._position: dict[Partition, int] = {}

    @property
    def position(self) -> Mapping[Partition, int]:
        """By partition the offset of the next entry that is delivered."""
        return dict(self._position)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Within it, whatever is appended will be delivered."""
        self._listeners += 1
        if self._reading is None or self._reading.done():
            self._begun = asyncio.Event()
            self._reading = asyncio.create_task(self._run(self._begun))
        try:
            await self._begun.wait()
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                await self.stop()

    async def stop(self) -> None:
        """Stop reading, whoever still listens."""
        reading, self._reading = self._reading, None
        while reading is not None and not reading.done():
            # Once may not do: before Python 3.12, `asyncio.wait_for` can swallow a cancellation.
            reading.cancel()
            await asyncio.wait([reading], timeout=_CANCEL_AGAIN_S)

    async def _run(self, begun: asyncio.Event) -> None:
        try:
            self._position = position = dict(await self._patiently(self._ends))
            begun.set()
            while True:
                while await self._patiently(lambda: self._read_on(position)):
                    pass
                await self._log.changed(_IDLE_S)
                await asyncio.sleep(_GATHER_S)
        except Exception as error:
            _log.error("%s cannot be watched any more: %s", self._name, type(error).__name__)
            self._broken(error)
        finally:
            begun.set()

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, again and again while the log cannot answer."""
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            try:
                return await do()
            except Transient as error:
                _log.warning("watching %s waits and tries again: %s", self._name, error.code)
            await asyncio.sleep(backoff.pause_s())

    async def _ends(self) -> Mapping[Partition, int]:
        """Of the topic named last first: all that its entries follow from is before the others'."""
        ends = [await self._log.ends([topic]) for topic in reversed(self._topics)]
        return {one: end for some in reversed(ends) for one, end in some.items()}

    async def _read_on(self, position: dict[Partition, int]) -> bool:
        """Deliver what came since, moving `position` with every batch; whether anything did."""
        before = dict(position)
        for partition, end in (await self._ends()).items():
            await self._read_partition(partition, end, position)
        return position != before

    async def _read_partition(
        self, partition: Partition, end: int, position: dict[Partition, int]
    ) -> None:
        while (at := position[partition]) < end:
            entries = await self._log.read(partition, at, min(_BATCH, end - at))
            if not entries:
                return
            position[partition] = entries[-1].offset + 1
            for entry in entries:
                self._give(entry)
            # An embedded log never waits, and the subscribers are to take what they got.
            await asyncio.sleep(0)

    def _give(self, entry: Entry) -> None:
        try:
            self._deliver(entry)
        except Invalid as error:
            _log.warning("watching %s leaves out an entry: %s", self._name, error.code)
