"""The identity subgraph."""

from __future__ import annotations

from collections.abc import Callable

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.scope import scope_of
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_identity.graph.context import GraphContext, make_context
from c360_identity.graph.directory import CustomerLookup
from c360_identity.graph.types import GraphTypes
from c360_identity.store.port import IdentityStore


def identity_subgraphs(catalog: Catalog) -> Callable[[IdentityStore, CustomerLookup], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened.

    Making their schema takes far longer than opening a store, so there is one for all of them.
    """
    types = GraphTypes.of(catalog)
    schema = build_schema(types.query, types=[types.customer, types.source_record, types.node])

    def over(store: IdentityStore, directory: CustomerLookup) -> Subgraph:
        def context_for(caller: CallerContext) -> GraphContext:
            mine = directory.within(scope_of(caller)) if caller.predicate else directory
            return make_context(caller, mine, types)

        async def ready() -> bool:
            await store.positions()
            return True

        return Subgraph("identity", schema, context_for, ready)

    return over
