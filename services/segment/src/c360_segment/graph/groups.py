"""Which segments a caller is told of that is told of no small group, and how large they are."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from c360_kernel.catalog.segment_lists import list_tag
from c360_kernel.conditions.facts import tag_fact
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.context import CallerContext
from c360_kernel.groups import DisclosedGroups, Group, Size, sketch
from pyroaring import FrozenBitMap

from c360_segment.store.port import SegmentReader

_LISTED = tag_fact(list_tag(""))
"""How the name of what is tested begins in a condition on a list."""


class Groups:
    """For one operation. `changed` names what is saved by now, if that is no longer what it was."""

    def __init__(
        self,
        caller: CallerContext,
        reader: SegmentReader,
        disclosed: DisclosedGroups,
        changed: Callable[[], Awaitable[str]],
    ) -> None:
        self._caller = caller
        self._reader = reader
        self._disclosed = disclosed
        self._changed = changed
        self._everybody: int | None = None

    async def size(self, question: str, members: FrozenBitMap) -> Size:
        """What to tell of those who are the answer to a question; raises `GroupSuppressed`.

        A question is the conditions that it is made of. By the name of a segment it would be the
        same under two conditions, which its author may choose to differ by one customer. Whoever
        fills a list chooses its members so: with other members it is another question.
        """
        least = self._caller.smallest_group
        if not least:
            return Size(len(members), may_list=True)
        group = Group(len(members), await self._all(), sketch(members))
        # Of members that may be those of another version already, it is a question of its own.
        chosen = f"{group.members:x}" if _LISTED in question else ""
        asked = f"{self._caller.predicate} {await self._changed()} {question} {chosen}"
        name = hashlib.sha256(asked.encode()).hexdigest()
        return self._disclosed.disclose(self._caller.principal, name, group, least)

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
