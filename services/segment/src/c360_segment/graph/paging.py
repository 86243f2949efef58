"""Pages of a segment's members, in the order of their numbers.

A number is never given twice and never moves, so a cursor stays good while members
enter and leave: nobody who stays is skipped or shown twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_kernel.cursors import CursorSealer
from c360_kernel.subgraph.paging import Page, PageRequest
from pyroaring import FrozenBitMap


@dataclass(frozen=True, slots=True)
class MemberCursors:
    """Cursors of one segment's members; those of another segment are refused."""

    sealer: CursorSealer
    segment: str

    def write(self, number: int) -> str:
        """The cursor of a member."""
        return self.sealer.seal(self._connection, [number])

    def read(self, cursor: str | None) -> int | None:
        """The number in a cursor. Raises `CursorInvalid`."""
        return self.sealer.read(self._connection, cursor, int)

    @property
    def _connection(self) -> str:
        return f"Segment.members {self.segment}"


def page_of(members: FrozenBitMap, request: PageRequest, cursors: MemberCursors) -> Page[int]:
    """The numbers of a page. Raises `CursorInvalid`."""
    after, before = cursors.read(request.after), cursors.read(request.before)
    start = 0 if after is None else members.rank(after)
    end = len(members) if before is None else _rank_below(members, before)
    return request.cut(_probed(members, start, max(start, end), request))


def _probed(members: FrozenBitMap, start: int, end: int, request: PageRequest) -> Sequence[int]:
    if request.from_end:
        return tuple(members[max(start, end - request.probe) : end])
    return tuple(members[start : min(end, start + request.probe)])


def _rank_below(members: FrozenBitMap, number: int) -> int:
    return members.rank(number) - (number in members)
