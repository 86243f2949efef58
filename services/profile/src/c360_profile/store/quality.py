"""What a unit of work counts, and what it is to write of that: the same over every store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.log.entry import NewEntry

from c360_profile.domain.quality.cells import Cells, Read
from c360_profile.domain.quality.crossings import Bounds, Breach, Crossing
from c360_profile.domain.quality.recount import Counting, recounted

Tell = Callable[[Crossing], NewEntry]
"""Makes the entry that tells of a crossing."""


class Recount(NamedTuple):
    """What records and customers count as from now on, and by which bounds that is looked at.

    `today` is in days UTC since 1970. `is_of_all`: the bounds of every source are looked at, not of
    those alone of which something is counted; against what was `told` of them last, where others
    may have told it.
    """

    counting: Counting
    bounds: Bounds
    today: int
    tell: Tell
    is_of_all: bool = False
    told: Collection[Breach] | None = None

    def sources(self, before: Mapping[str, str]) -> Collection[str] | None:
        """Whose bounds are looked at; None: everybody's."""
        return None if self.is_of_all else self.counting.sources(before)

    def parts(self, most: int) -> Iterator[Recount]:
        """The same in parts of so many records and customers, one after the other."""
        names = sorted(self.counting.names)
        for start in range(0, max(len(names), 1), most):
            yield self.only(frozenset(names[start : start + most]))

    def only(self, names: Collection[str]) -> Recount:
        """The same of these records and customers alone."""
        return self._replace(counting=self.counting.only(names))


class Counted(NamedTuple):
    """What is to be kept: texts by name, "" where nothing is, and entries to be told."""

    counted: Mapping[str, str]
    cells: Mapping[str, str]
    entries: Sequence[NewEntry]


async def counted_anew(recount: Recount, before: Mapping[str, str], read: Read) -> Counted:
    """What a recount changes; `before` are the texts of what it names."""
    cells = Cells(read)
    after = await recounted(recount.counting, before, cells)
    crossed = await _crossed(recount, before, cells) if after or recount.is_of_all else ()
    return Counted(after, cells.changed(), list(map(recount.tell, crossed)))


async def _crossed(recount: Recount, before: Mapping[str, str], cells: Cells) -> Sequence[Crossing]:
    if recount.is_of_all:
        await recount.bounds.note(cells)
    elif not recount.bounds:
        return ()
    sources = recount.sources(before)
    return await recount.bounds.crossed(cells, recount.today, sources, recount.told)
