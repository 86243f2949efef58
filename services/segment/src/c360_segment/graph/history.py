"""Who entered and left a segment, when, and what a customer was in at a past time.

Two moments of a history are two groups that differ by one customer, so who is told of no small
group is told none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import takewhile

from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import GroupSuppressed
from c360_kernel.subgraph.paging import Page, PageRequest

from c360_segment.domain.segments import Segment
from c360_segment.domain.told import Place, Stretch, Told
from c360_segment.graph.context import Info
from c360_segment.graph.saving import shown_since


class HistoryCursors:
    """Cursors of one segment's history; those of another segment are refused."""

    def __init__(self, sealer: CursorSealer, segment: str) -> None:
        self._sealer = sealer
        self._connection = f"Segment.history {segment}"

    def write(self, told: Told) -> str:
        """The cursor of a change."""
        return self._sealer.seal(self._connection, told.place)

    def read(self, cursor: str | None) -> Place | None:
        """The place in a cursor. Raises `CursorInvalid`."""
        return self._sealer.read(self._connection, cursor, Place)


async def history_of(info: Info, segment: Segment, request: PageRequest) -> Page[Told]:
    """A page of it, newest first. Raises `GroupSuppressed` and `CursorInvalid`."""
    if info.context.caller.smallest_group:
        raise GroupSuppressed
    before = HistoryCursors(info.context.sealer, segment.name).read(request.after)
    stretch = Stretch(await shown_since(info, segment.name), before, request.probe)
    found = await info.context.reader.history(segment.name, stretch)
    return request.cut(list(takewhile(partial(_is_shown, info), found)))


async def segments_then(info: Info, customer: str, at: int) -> Sequence[Segment]:
    """The segments that a customer was in, as was known then. Raises `GroupSuppressed`."""
    if info.context.caller.smallest_group:
        raise GroupSuppressed
    found: list[Segment] = []
    for told in await info.context.reader.segments_at([customer], at):
        segment = await info.context.defined.named(told.segment) if told.member else None
        if segment is None or not _is_shown(info, told):
            continue
        if told.at >= await shown_since(info, segment.name):
            found.append(segment)
    return found


def _is_shown(info: Info, told: Told) -> bool:
    """Whether it tells of nothing but what the caller may use.

    Times do not say so alone: what an entry causes has the entry's time, which may be later than
    that of a version which is handled after it, and versions are handled together.
    """
    return info.context.caller.visibility.used.issuperset(told.reads)
