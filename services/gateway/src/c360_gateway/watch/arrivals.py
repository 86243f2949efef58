"""What is kept from a place on, and then what comes: each entry once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Generic, NamedTuple, TypeVar

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry

from c360_gateway.watch.mailbox import Mailbox
from c360_gateway.watch.places import Place, Places

_BATCH = 500

T = TypeVar("T")


class Heard(NamedTuple, Generic[T]):
    """What was told, and where a reader goes on that has taken it."""

    told: T
    place: Place


class Arrivals:
    """What somebody hears who was at the place `begin` last.

    `reached` is from where on `mailbox` gets whatever comes; it may have got some of before, too.
    """

    def __init__(
        self, places: Places, begin: Place, reached: Place, mailbox: Mailbox[Entry]
    ) -> None:
        self._places = places
        self._place = dict(begin)
        self._reached = reached
        self._mailbox = mailbox

    async def after(self, tell: Callable[[Entry], T | None]) -> AsyncGenerator[Heard[T]]:
        """All of it. `tell` says what an entry tells, None for nothing, and sees each in turn."""
        async with aclosing(self._entries()) as entries:
            async for entry in entries:
                self._place[entry.topic_partition] = entry.offset + 1
                if (told := _readable(tell, entry)) is not None:
                    yield Heard(told, dict(self._place))

    async def _entries(self) -> AsyncGenerator[Entry]:
        """What is kept, and then what comes that was not among it."""
        async with aclosing(_kept(self._places, self._place, self._reached)) as kept:
            async for entry in kept:
                yield entry
        while True:
            entry = await self._mailbox.take()
            if entry.offset >= self._place[entry.topic_partition]:
                yield entry


async def _kept(places: Places, begin: Place, end: Place) -> AsyncGenerator[Entry]:
    """What the log keeps between two places, the earliest first.

    Not more, though it was read: what it follows from may be in a partition that is at its end.
    """
    place = dict(begin)
    while behind := {one: at for one, at in place.items() if at < end.get(one, 0)}:
        entries = await places.following(behind, _BATCH)
        for entry in entries:
            partition = entry.topic_partition
            place[partition] = entry.offset + 1
            if entry.offset < end[partition]:
                yield entry
        if not entries:
            return
        # An embedded log never waits, and this process has others to serve.
        await asyncio.sleep(0)


def _readable(tell: Callable[[Entry], T | None], entry: Entry) -> T | None:
    try:
        return tell(entry)
    except Invalid:
        return None
