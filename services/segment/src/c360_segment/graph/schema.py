"""The segment subgraph."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.scope import scope_of
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from strawberry.federation import Schema

from c360_segment.domain.live import LiveSegments
from c360_segment.domain.segments import Segments
from c360_segment.graph.context import Defined, GraphContext, make_context
from c360_segment.graph.types import Customer, Query
from c360_segment.store.port import SegmentStore
from c360_segment.store.scoped import within


def segment_subgraph(
    store: SegmentStore,
    segments: Segments,
    sealer: CursorSealer,
    groups: DisclosedGroups | None = None,
) -> Subgraph:
    """The subgraph over a store that the calling event loop opened.

    All graphs of a process share `groups`: what was told of them.
    """
    disclosed = groups or DisclosedGroups()
    live = LiveSegments(segments)

    def context_for(given: CallerContext) -> GraphContext:
        caller = replace(given, visibility=given.told)
        reader = within(store, scope_of(caller)) if caller.predicate else store
        defined = Defined(live, store, caller.visibility)
        return make_context(caller, reader, defined, sealer, disclosed)

    async def ready() -> bool:
        await store.positions()
        return True

    return Subgraph("segment", _schema(), context_for, ready)


@cache
def _schema() -> Schema:
    """The same for every catalog and every store."""
    return build_schema(Query, types=[Customer])
