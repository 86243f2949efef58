"""All that becomes of one customer: golden profile, merges, segments entered and left."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import NamedTuple

from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import ProfileChanged

from c360_gateway.watch.arrivals import Arrivals, Heard
from c360_gateway.watch.audience import Audience
from c360_gateway.watch.change import Change, change_told
from c360_gateway.watch.customers import Present
from c360_gateway.watch.following import Following
from c360_gateway.watch.mailbox import Backlog
from c360_gateway.watch.places import Place, Places
from c360_gateway.watch.segments import MOST_WAITING
from c360_gateway.watch.tail import Tail

CUSTOMER_TOPICS = (MEMBERSHIPS, PROFILES)


class Followed(NamedTuple):
    """A change, and whom the id stands for since."""

    change: Change
    holder: str


class Since(NamedTuple):
    """Where somebody was last, and whom the id stood for there."""

    place: Place
    holder: str


class _Watched:
    """Whoever one id stands for, with all that waits of it for one subscriber.

    `following` says who is listened to. What is news to the subscriber it finds out itself, since
    it may have heard less of merges than identity has.
    """

    def __init__(self, wanted: str, most_waiting: int) -> None:
        self.following = Following(wanted)
        self.mailbox: Backlog[Entry] = Backlog(most_waiting)

    def take(self, entry: Entry) -> None:
        """What an entry tells."""
        _told(self.following, entry)
        self.mailbox.put(entry)


class CustomerChanges:
    """The changes of customers one by one, for all subscribers of this process."""

    def __init__(self, log: EventLog, places: Places, most_waiting: int = MOST_WAITING) -> None:
        self._places = places
        self._most_waiting = most_waiting
        self._audience: Audience[_Watched] = Audience()
        # Who a customer became part of is known before what the segments made of it.
        self._tail = Tail(log, (PROFILES, MEMBERSHIPS), self._deliver, self._end)

    async def changes(
        self, wanted: str, present: Present, after: Since | None = None
    ) -> AsyncGenerator[Heard[Followed]]:
        """What becomes of whom an id stands for after a place, from now on without one.

        `present` is asked once in the beginning, and what it raises is raised. Raises `Overrun`
        where too many wait, also while what is kept is told.
        """
        async with self._listening(wanted) as watched:
            watched.following.begin_at(await present(wanted))
            self._place(watched)
            reached, heard_of = self._tail.position, Following(wanted)
            heard_of.begin_at(watched.following.current if after is None else after.holder)
            begin = reached if after is None else after.place
            arrivals = Arrivals(self._places, begin, reached, watched.mailbox)
            async with aclosing(arrivals.after(partial(_told, heard_of))) as heard:
                async for one in heard:
                    yield one

    async def close(self, error: Exception) -> None:
        """End every subscription with this error and read the log no more."""
        self._end(error)
        await self._tail.stop()

    @asynccontextmanager
    async def _listening(self, wanted: str) -> AsyncGenerator[_Watched]:
        watched = _Watched(wanted, self._most_waiting)
        self._place(watched)
        try:
            async with self._tail.listening():
                yield watched
        finally:
            self._audience.leave(watched)

    def _end(self, error: Exception) -> None:
        for watched in self._audience.everybody():
            watched.mailbox.end(error)

    def _deliver(self, entry: Entry) -> None:
        for watched in self._audience.of(entry.key):
            watched.take(entry)
            self._place(watched)

    def _place(self, watched: _Watched) -> None:
        self._audience.place(watched, watched.following.customers)


def _told(following: Following, entry: Entry) -> Followed | None:
    """What an entry tells of who is followed; None of anybody else and of what is no news."""
    if entry.key not in following.customers:
        return None
    payload = decode(entry.topic, entry.data)
    if isinstance(payload, ProfileChanged) and not following.take(payload):
        return None
    change = change_told(entry, payload)
    return change and Followed(change, following.current)
