"""Where a reader of changes stands: how far each partition of its topics was read, sealed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum
from heapq import heapify, heappop, heappush

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
        """At most so many next entries: each partition in its order, among them the earliest.

        Of those that the log holds now. Partitions are read by shares, so that what is read and not
        told is no more than what is.
        """
        ends = await self._log.ends(sorted({one.topic for one in place}))
        behind = [one for one, offset in place.items() if offset < ends[one]]
        share = -(-most // max(len(behind), 1))
        runs = [_Run(self._log, one, place[one], ends[one], share) for one in behind]
        return await _earliest(runs, most)


class _Run:
    """Entries of one partition up to an end, one after the other, read by shares."""

    def __init__(
        self, log: EventLog, partition: Partition, offset: int, end: int, share: int
    ) -> None:
        self._log = log
        self._partition = partition
        self._offset = offset
        self._end = end
        self._share = share
        self._read: deque[Entry] = deque()

    async def next(self) -> Entry | None:
        """None where there is none."""
        if not self._read and self._offset < self._end:
            found = await self._log.read(self._partition, self._offset, self._share)
            self._read.extend(one for one in found if one.offset < self._end)
            self._offset = found[-1].offset + 1 if found else self._end
        return self._read.popleft() if self._read else None


async def _earliest(runs: Sequence[_Run], most: int) -> Sequence[Entry]:
    heads = [
        (_stamp(entry), number, entry)
        for number, one in enumerate(runs)
        if (entry := await one.next()) is not None
    ]
    heapify(heads)
    found: list[Entry] = []
    while heads:
        _, number, entry = heappop(heads)
        found.append(entry)
        if len(found) == most:
            break
        if (following := await runs[number].next()) is not None:
            heappush(heads, (_stamp(following), number, following))
    return found


def _stamp(entry: Entry) -> tuple[str, int, int]:
    """What services make of an entry has its stamp: then what others are made of comes first."""
    return entry.stamp, _DERIVED_AFTER[entry.topic], entry.partition
