"""Watching customers: whoever an id stands for, each time the golden profile changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import PROFILES
from c360_kernel.payload import ProfileChanged
from c360_kernel.version import Version

from c360_gateway.watch.audience import Audience
from c360_gateway.watch.following import Following
from c360_gateway.watch.mailbox import Newest
from c360_gateway.watch.tail import Tail

Present = Callable[[str], Awaitable[str]]
"""Tells which customer an id stands for now, "" for none."""


class CustomerSeen(NamedTuple):
    """A customer ("" for none) as the entry of this version tells it."""

    customer: str
    version: Version


class WatchedCustomer:
    """Whoever one id stands for, as one subscriber hears it."""

    def __init__(self, wanted: str) -> None:
        self.following = Following(wanted)
        self.mailbox: Newest[CustomerSeen] = Newest()

    async def changes(self) -> AsyncGenerator[CustomerSeen]:
        """What becomes of it, for who is slow only the newest; raises what ended the watching."""
        while True:
            yield await self.mailbox.take()

    def take(self, change: ProfileChanged) -> None:
        """What a profile tells."""
        if self.following.take(change):
            self.mailbox.put(CustomerSeen(self.following.current, change.version))


class CustomerWatch:
    """The changes of customers, for all subscribers of this process."""

    def __init__(self, log: EventLog) -> None:
        self._audience: Audience[WatchedCustomer] = Audience()
        self._tail = Tail(log, (PROFILES,), self._deliver, self._end)

    @asynccontextmanager
    async def watching(self, wanted: str, present: Present) -> AsyncGenerator[WatchedCustomer]:
        """Within it, whatever becomes of the customer is heard.

        `present` is asked once in the beginning, and what it raises is raised.
        """
        watched = WatchedCustomer(wanted)
        self._place(watched)
        try:
            async with self._tail.listening():
                watched.following.begin_at(await present(wanted))
                self._place(watched)
                yield watched
        finally:
            self._audience.leave(watched)

    async def close(self, error: Exception) -> None:
        """End every subscription with this error and read the log no more."""
        self._end(error)
        await self._tail.stop()

    def _end(self, error: Exception) -> None:
        for watched in self._audience.everybody():
            watched.mailbox.end(error)

    def _deliver(self, entry: Entry) -> None:
        listening = self._audience.of(entry.key)
        if listening:
            change: ProfileChanged = decode(PROFILES, entry.data)
            for watched in listening:
                watched.take(change)
                self._place(watched)

    def _place(self, watched: WatchedCustomer) -> None:
        self._audience.place(watched, watched.following.customers)
