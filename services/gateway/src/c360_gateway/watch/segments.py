"""Watching segments: every customer that enters or leaves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged
from c360_kernel.version import Version

from c360_gateway.watch.arrivals import Arrivals, Heard
from c360_gateway.watch.audience import Audience
from c360_gateway.watch.mailbox import Backlog
from c360_gateway.watch.places import Place, Places
from c360_gateway.watch.tail import Tail

MOST_WAITING = 10_000
"""Events kept for one subscriber; what they say is shared by all."""
_REMEMBERED = 10_000


class SegmentWatch:
    """The changes of segments, for all subscribers of this process."""

    def __init__(self, log: EventLog, places: Places, most_waiting: int = MOST_WAITING) -> None:
        self._places = places
        self._most_waiting = most_waiting
        self._audience: Audience[Backlog[Entry]] = Audience()
        self._tail = Tail(log, (MEMBERSHIPS,), self._deliver, self._end)
        self._newest = _Newest(_REMEMBERED)

    async def changes(
        self, segment: str, after: Place | None = None
    ) -> AsyncGenerator[Heard[MembershipChanged]]:
        """Who enters or leaves a segment after a place, from now on without one.

        Raises `Overrun` where too many wait, also while what is kept is told.
        """
        mailbox: Backlog[Entry] = Backlog(self._most_waiting)
        self._audience.place(mailbox, [segment])
        try:
            async with self._tail.listening():
                reached = self._tail.position
                begin = reached if after is None else after
                arrivals = Arrivals(self._places, begin, reached, mailbox)
                async with aclosing(arrivals.after(partial(_of, segment))) as heard:
                    async for one in heard:
                        yield one
        finally:
            self._audience.leave(mailbox)

    async def close(self, error: Exception) -> None:
        """End every subscription with this error and read the log no more."""
        self._end(error)
        await self._tail.stop()

    def _end(self, error: Exception) -> None:
        for mailbox in self._audience.everybody():
            mailbox.end(error)

    def _deliver(self, entry: Entry) -> None:
        change: MembershipChanged = decode(MEMBERSHIPS, entry.data)
        listening = self._audience.of(change.segment)
        if listening and self._newest.take(change):
            for mailbox in listening:
                mailbox.put(entry)


def _of(segment: str, entry: Entry) -> MembershipChanged | None:
    change: MembershipChanged = decode(MEMBERSHIPS, entry.data)
    return change if change.segment == segment else None


class _Newest:
    """The newest versions of the memberships that changed last.

    A service that was killed tells again what it told last, so a few have to be remembered.
    """

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._versions: OrderedDict[tuple[str, str], Version] = OrderedDict()

    def take(self, change: MembershipChanged) -> bool:
        """Whether this is newer than what is remembered, and remember it then."""
        key = (change.customer, change.segment)
        known = self._versions.get(key)
        if known is not None and change.version <= known:
            return False
        self._versions[key] = change.version
        self._versions.move_to_end(key)
        if len(self._versions) > self._remembered:
            self._versions.popitem(last=False)
        return True
