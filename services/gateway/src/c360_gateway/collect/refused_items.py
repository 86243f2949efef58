"""Reading the topic `quarantine`, newest first, in pages.

Its partitions are read backwards beside each other. A place is how far each of them has been read,
so items that come meanwhile shift no page.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from c360_kernel.codec import decode
from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.log.entry import QUARANTINE, Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.payload import ItemQuarantined

_AT_A_TIME = 50
# Looking for a source or a code may pass over many; a page then ends with fewer items.
_MOST_LOOKED_AT = 5_000
_ITEM, _PLACE = "quarantine.item", "quarantine.place"


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One item of the topic; `id` names it for whoever resends it."""

    id: str
    cursor: str
    told: ItemQuarantined


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """Items, newest first; `end` is where the next page goes on, if there is more to look at."""

    items: Sequence[RefusedItem]
    end: str | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are looked for; None stands for any."""

    source: str | None = None
    code: str | None = None

    def fits(self, told: ItemQuarantined) -> bool:
        """Whether this is one of them."""
        return self.source in (None, told.source) and self.code in (None, told.code)


class RefusedItems:
    """The items of the log that were refused, under names that nobody else can make."""

    def __init__(self, log: EventLog, sealer: CursorSealer) -> None:
        self._log = log
        self._sealer = sealer

    async def page(self, size: int, after: str | None, wanted: Wanted) -> RefusedPage:
        """At most `size` items after a cursor. Raises `CursorInvalid`."""
        ends = await self._ends(after)
        items: list[RefusedItem] = []
        looked_at = 0
        async for entry in self._backwards(dict(ends)):
            if len(items) == size or looked_at == _MOST_LOOKED_AT:
                return RefusedPage(items, self._sealed(ends), True)
            looked_at += 1
            ends[_partition_of(entry)] = entry.offset
            told = decode(QUARANTINE, entry.data)
            if isinstance(told, ItemQuarantined) and wanted.fits(told):
                items.append(RefusedItem(self._named(entry), self._sealed(ends), told))
        return RefusedPage(items, items[-1].cursor if items else None, False)

    async def item(self, name: str) -> ItemQuarantined | None:
        """The item of this id; None when it is kept no more. Raises `CursorInvalid`."""
        number, offset, stamp = self._sealer.open(_ITEM, name)
        found = await self._log.read(Partition(QUARANTINE, number), offset, 1)
        if not found or (found[0].offset, found[0].stamp) != (offset, stamp):
            return None
        told = decode(QUARANTINE, found[0].data)
        return told if isinstance(told, ItemQuarantined) else None

    async def _ends(self, after: str | None) -> dict[Partition, int]:
        present = await self._log.ends([QUARANTINE])
        if after is None:
            return dict(present)
        place = {Partition(QUARANTINE, n): at for n, at in self._sealer.open(_PLACE, after)}
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
        return self._sealer.seal(_ITEM, (entry.partition, entry.offset, entry.stamp))

    def _sealed(self, ends: dict[Partition, int]) -> str:
        return self._sealer.seal(_PLACE, [(one.number, end) for one, end in ends.items()])


def _partition_of(entry: Entry) -> Partition:
    return Partition(entry.topic, entry.partition)


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
