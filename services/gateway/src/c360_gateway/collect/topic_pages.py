"""Reading a topic backwards, newest first, in pages.

Its partitions are read backwards beside each other. A place is how far each of them has been read,
so entries that come meanwhile shift no page.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from c360_kernel.codec import decode
from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog

P = TypeVar("P")
_AT_A_TIME = 50
# Looking for some may pass over many; a page then ends with fewer of them.
_MOST_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Listed(Generic[P]):
    """One entry of the topic; `id` names it for whoever asks for it by itself."""

    id: str
    cursor: str
    payload: P


@dataclass(frozen=True, slots=True)
class TopicPage(Generic[P]):
    """What was found, newest first; `end` is where the next page goes on, if there is more."""

    items: Sequence[Listed[P]]
    end: str | None
    has_more: bool


class TopicPages(Generic[P]):
    """The entries of a topic, under names that nobody else can make."""

    def __init__(self, log: EventLog, sealer: CursorSealer, topic: str, payload: type[P]) -> None:
        self._log = log
        self._sealer = sealer
        self._topic = topic
        self._payload = payload
        self._item, self._place = f"{topic}.item", f"{topic}.place"

    async def page(self, size: int, after: str | None, fits: Callable[[P], bool]) -> TopicPage[P]:
        """At most `size` after a cursor. Raises `CursorInvalid`."""
        ends = await self._ends(after)
        items: list[Listed[P]] = []
        looked_at = 0
        async for entry in self._backwards(dict(ends)):
            if len(items) == size or looked_at == _MOST_LOOKED_AT:
                return TopicPage(items, self._sealed(ends), True)
            looked_at += 1
            ends[entry.topic_partition] = entry.offset
            payload = self._payload_of(entry)
            if payload is not None and fits(payload):
                items.append(Listed(self._named(entry), self._sealed(ends), payload))
        return TopicPage(items, items[-1].cursor if items else None, False)

    async def item(self, name: str) -> P | None:
        """The one of this id; None when it is kept no more. Raises `CursorInvalid`."""
        number, offset, stamp = self._sealer.open(self._item, name)
        found = await self._log.read(Partition(self._topic, number), offset, 1)
        if not found or (found[0].offset, found[0].stamp) != (offset, stamp):
            return None
        return self._payload_of(found[0])

    def _payload_of(self, entry: Entry) -> P | None:
        payload: Any = decode(self._topic, entry.data)
        return payload if isinstance(payload, self._payload) else None

    async def _ends(self, after: str | None) -> dict[Partition, int]:
        present = await self._log.ends([self._topic])
        if after is None:
            return dict(present)
        place = {Partition(self._topic, n): at for n, at in self._sealer.open(self._place, after)}
        if place.keys() != present.keys():
            raise CursorInvalid
        return place

    async def _backwards(self, ends: dict[Partition, int]) -> AsyncIterator[Entry]:
        """Everything before these offsets, the latest stamp first."""
        readers = [self._partition(partition, end) for partition, end in ends.items()]
        heads: list[tuple[_Latest, int, Entry]] = []
        for number, reader in enumerate(readers):
            await _push(heads, number, reader)
        while heads:
            _, number, entry = heapq.heappop(heads)
            yield entry
            await _push(heads, number, readers[number])

    async def _partition(self, partition: Partition, end: int) -> AsyncIterator[Entry]:
        oldest = await self._log.read(partition, 0, 1)
        first = oldest[0].offset if oldest else end
        while end > first:
            begin = max(first, end - _AT_A_TIME)
            found = await self._log.read(partition, begin, end - begin)
            for entry in reversed([one for one in found if one.offset < end]):
                yield entry
            end = begin

    def _named(self, entry: Entry) -> str:
        return self._sealer.seal(self._item, (entry.partition, entry.offset, entry.stamp))

    def _sealed(self, ends: dict[Partition, int]) -> str:
        return self._sealer.seal(self._place, [(one.number, end) for one, end in ends.items()])


@dataclass(frozen=True, slots=True)
class _Latest:
    """Stamps in falling order."""

    stamp: str

    def __lt__(self, other: _Latest) -> bool:
        return self.stamp > other.stamp


async def _push(
    heads: list[tuple[_Latest, int, Entry]], number: int, reader: AsyncIterator[Entry]
) -> None:
    entry = await anext(reader, None)
    if entry is not None:
        heapq.heappush(heads, (_Latest(entry.stamp), number, entry))
