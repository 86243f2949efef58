"""Watching customers: whoever an id stands for, each time the golden profile changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple

from c360_kernel.codec import decode
from c360_kernel.log.entry import PROFILES, Entry
from c360_kernel.log.port import EventLog
from c360_kernel.payload import ProfileChanged
from c360_kernel.version import Version

from c360_gateway.watch.audience import Audience
from c360_gateway.watch.following import Following
from c360_gateway.watch.mailbox import Newest
from c360_gateway.watch.tail import Tail

Present = Callable[[str], Awaitable[str]]
"""Tells which customer an id stands for now."""


class CustomerSeen(NamedTuple):
    """A customer ("" for none) as the entry of this version tells it."""

    customer: str
    version: Version


class CustomerWatch:
    """The changes of customers, for all subscribers of this process."""

    def __init__(self, log: EventLog) -> None:
        self._audience: Audience[_Watcher] = Audience()
        self._tail = Tail(log, PROFILES, self._deliver, self._end)

    async def changes(self, asked: str, present: Present) -> AsyncGenerator[CustomerSeen]:
        """What becomes of the customer that an id stands for, from now on.

        Who is slow gets the newest only. `present` is asked once, in the beginning.
        """
        watcher = _Watcher(asked)
        self._place(watcher)
        try:
            async with self._tail.listening():
                watcher.following.begin_at(await present(asked))
                self._place(watcher)
                while True:
                    yield await watcher.mailbox.take()
        finally:
            self._audience.leave(watcher)

    async def close(self, error: Exception) -> None:
        """End every subscription with this error and read the log no more."""
        self._end(error)
        await self._tail.stop()

    def _end(self, error: Exception) -> None:
        for watcher in self._audience.everybody():
            watcher.mailbox.end(error)

    def _deliver(self, entry: Entry) -> None:
        watchers = self._audience.of(entry.key)
        if watchers:
            change: ProfileChanged = decode(PROFILES, entry.data)
            for watcher in watchers:
                watcher.take(change)
                self._place(watcher)

    def _place(self, watcher: _Watcher) -> None:
        self._audience.place(watcher, watcher.following.customers)


class _Watcher:
    def __init__(self, asked: str) -> None:
        self.following = Following(asked)
        self.mailbox: Newest[CustomerSeen] = Newest()

    def take(self, change: ProfileChanged) -> None:
        if self.following.take(change):
            self.mailbox.put(CustomerSeen(self.following.current, change.version))
