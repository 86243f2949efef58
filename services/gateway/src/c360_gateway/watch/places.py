"""Where a reader of changes stands: how far each partition of its topics was read, sealed."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import islice

from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import TOPICS

_DERIVED_AFTER = {name: number for number, name in enumerate(TOPICS)}

Place = Mapping[Partition, int]
"""The next offset to read, per partition."""


class Begin(Enum):
    """Where who has no cursor begins: with all that is kept, or with what comes from now on."""

    OLDEST = "oldest"
    NOW = "now"


class Places:
    """The places of one log, under names that nobody else can make."""

    def __init__(self, log: EventLog, sealer: CursorSealer) -> None:
        self._log = log
        self._sealer = sealer

    async def list_of(self, topics: Sequence[str]) -> str:
        """What cursors are of: these topics of this log, for offsets are of one log alone."""
        origin = (await self._log.identity()).origin
        return f"changes:{origin.log}:{','.join(sorted(topics))}"

    async def at(self, list_: str, topics: Sequence[str], after: str | None, begin: Begin) -> Place:
        """The place of a cursor, or the beginning. Raises `CursorInvalid`.

        A place behind the end of the log is none: an older copy was put in the place of this one.
        """
        ends = await self._log.ends(topics)
        if after is None:
            return dict(ends) if begin is Begin.NOW else dict.fromkeys(ends, 0)
        opened = self._sealer.open(list_, after)
        parts = (part for part in opened if isinstance(part, list))
        place = {Partition(topic, number): offset for topic, number, offset in parts}
        if place.keys() != ends.keys() or any(at > ends[one] for one, at in place.items()):
            raise CursorInvalid
        return place

    def cursor(self, list_: str, place: Place, holder: str | None = None) -> str:
        """The cursor of a place in such a list, and of whom a followed id stood for there."""
        parts = [(one.topic, one.number, offset) for one, offset in sorted(place.items())]
        return self._sealer.seal(list_, parts if holder is None else [*parts, holder])

    def holder(self, list_: str, cursor: str) -> str:
        """Whom the followed id stood for. Raises `CursorInvalid`."""
        return self._sealer.open(list_, cursor)[-1]

    async def following(self, place: Place, most: int) -> Sequence[Entry]:
        """At most so many next entries: each partition in its order, among them the earliest."""
        parts = [await self._log.read(one, offset, most) for one, offset in place.items()]
        return list(islice(heapq.merge(*parts, key=_stamp), most))


def _stamp(entry: Entry) -> tuple[str, int, int]:
    """What services make of an entry has its stamp: then what others are made of comes first."""
    return entry.stamp, _DERIVED_AFTER[entry.topic], entry.partition
