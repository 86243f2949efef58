"""What one operation works with: the reader of the store, and loaders that batch its reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.subgraph.loading import SharedLoader
from c360_kernel.visibility import Visibility
from pyroaring import FrozenBitMap

from c360_segment.domain.live import LiveSegments, SavedSegments
from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.segments import Segment, Segments
from c360_segment.graph.groups import Groups
from c360_segment.store.port import SegmentReader


class Defined:
    """The segments of one operation, which stay the same while it runs."""

    def __init__(self, live: LiveSegments, store: SavedSegments, visibility: Visibility) -> None:
        self._live = live
        self._store = store
        self._visibility = visibility
        self._all: Segments | None = None

    async def all(self) -> Segments:
        """All that there are."""
        if self._all is None:
            self._all = await self._live.of(self._store)
        return self._all

    async def visible(self) -> Mapping[str, Segment]:
        """Those that the caller may know of."""
        return self._live.visible(await self.all(), self._visibility)

    async def named(self, name: str) -> Segment | None:
        """One that the caller may know of, one that is archived too."""
        found = (await self.visible()).get(name)
        return found or (await self.all()).past(name, self._visibility)

    async def changed(self) -> str:
        """What the conditions are by now, if they are others since the operation began."""
        now = (await self._live.of(self._store)).fingerprint
        return "" if now == (await self.all()).fingerprint else now

    async def newest(self) -> Sequence[SavedSegment]:
        """The newest version of each that people saved."""
        return await self._store.saved()

    async def versions(self, name: str) -> Sequence[SavedSegment]:
        """What people saved under a name, newest first."""
        return await self._store.saved_versions(name)

    @property
    def catalog(self) -> Catalog:
        """The catalog without what people saved."""
        return self._live.of_catalog.catalog


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation, so that what is loaded once is not read again and never goes stale."""

    caller: CallerContext
    reader: SegmentReader
    defined: Defined
    sealer: CursorSealer
    groups: Groups
    segments_of: SharedLoader[str, frozenset[str]]
    members: SharedLoader[str, FrozenBitMap]


Info = strawberry.Info[GraphContext, None]


def make_context(
    caller: CallerContext,
    reader: SegmentReader,
    defined: Defined,
    sealer: CursorSealer,
    disclosed: DisclosedGroups,
) -> GraphContext:
    """A fresh context."""

    groups = Groups(caller, reader, disclosed, defined.changed)

    async def load_segments(customers: list[str]) -> Sequence[frozenset[str]]:
        found = await reader.segments_of(customers)
        return [found.get(customer, frozenset()) for customer in customers]

    async def load_members(names: list[str]) -> Sequence[FrozenBitMap]:
        return [await reader.members(name) for name in names]

    return GraphContext(
        caller,
        reader,
        defined,
        sealer,
        groups,
        SharedLoader(load_fn=load_segments),
        SharedLoader(load_fn=load_members),
    )
