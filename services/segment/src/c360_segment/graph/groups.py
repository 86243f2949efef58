"""Which segments a caller is told of that is told of no small group, and how large they are."""

from __future__ import annotations

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.context import CallerContext
from c360_kernel.groups import DisclosedGroups, Group, Size, sketch
from pyroaring import FrozenBitMap

from c360_segment.store.port import SegmentReader


class Groups:
    """For one operation."""

    def __init__(
        self, caller: CallerContext, reader: SegmentReader, disclosed: DisclosedGroups
    ) -> None:
        self._caller = caller
        self._reader = reader
        self._disclosed = disclosed
        self._everybody: int | None = None

    async def size(self, segment: str, members: FrozenBitMap) -> Size:
        """What to tell of it; raises `GroupSuppressed`."""
        least = self._caller.smallest_group
        if not least:
            return Size(len(members), may_list=True)
        group = Group(len(members), await self._all(), sketch(members))
        question = f"{self._caller.predicate} {segment}"
        return self._disclosed.disclose(self._caller.principal, question, group, least)

    async def hides(self, members: FrozenBitMap) -> bool:
        """Whether it is too small, or leaves out too few, to be told of at all."""
        least = self._caller.smallest_group
        if not least:
            return False
        left_out = await self._all() - len(members)
        return len(members) < least or 0 < left_out < least

    async def _all(self) -> int:
        if self._everybody is None:
            self._everybody = len(await self._reader.meeting(EVERYBODY))
        return self._everybody
