"""What one operation works with: the reader of the store, and loaders that batch its reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.subgraph.loading import SharedLoader
from pyroaring import FrozenBitMap

from c360_segment.domain.segments import Segment, Segments
from c360_segment.graph.groups import Groups
from c360_segment.store.port import SegmentReader


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation, so that what is loaded once is not read again and never goes stale.

    `segments` are those that its caller may know of, of `all_segments`.
    """

    caller: CallerContext
    reader: SegmentReader
    segments: Mapping[str, Segment]
    all_segments: Segments
    sealer: CursorSealer
    groups: Groups
    segments_of: SharedLoader[str, frozenset[str]]
    members: SharedLoader[str, FrozenBitMap]


Info = strawberry.Info[GraphContext, None]


def make_context(
    caller: CallerContext,
    reader: SegmentReader,
    segments: Mapping[str, Segment],
    all_segments: Segments,
    sealer: CursorSealer,
    disclosed: DisclosedGroups,
) -> GraphContext:
    """A fresh context."""

    groups = Groups(caller, reader, disclosed)

    async def load_segments(customers: list[str]) -> Sequence[frozenset[str]]:
        found = await reader.segments_of(customers)
        return [found.get(customer, frozenset()) for customer in customers]

    async def load_members(names: list[str]) -> Sequence[FrozenBitMap]:
        return [await reader.members(name) for name in names]

    return GraphContext(
        caller,
        reader,
        segments,
        all_segments,
        sealer,
        groups,
        SharedLoader(load_fn=load_segments),
        SharedLoader(load_fn=load_members),
    )
