"""The activation subgraph."""

from __future__ import annotations

from functools import cache

from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.scope import scope_of
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from strawberry.federation import Schema

from c360_activation.domain.subscribing import Destinations
from c360_activation.graph.context import GraphContext
from c360_activation.graph.types import Query
from c360_activation.store.port import ActivationStore
from c360_activation.store.scoped import within


def activation_subgraph(
    store: ActivationStore, destinations: Destinations, sealer: CursorSealer
) -> Subgraph:
    """The subgraph over a store that the calling event loop opened."""

    def context_for(caller: CallerContext) -> GraphContext:
        reader = within(store, scope_of(caller)) if caller.predicate else store
        return GraphContext(caller, reader, destinations, sealer)

    async def ready() -> bool:
        await store.positions()
        return True

    return Subgraph("activation", _schema(), context_for, ready)


@cache
def _schema() -> Schema:
    """The same for every store and catalog."""
    return build_schema(Query, types=[])
