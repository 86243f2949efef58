"""The identity subgraph."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.scope import scope_of
from c360_kernel.subgraph.schema import CATALOGS_KEPT, FederationSchema, build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_identity.graph.context import GraphContext, make_context
from c360_identity.graph.directory import CustomerLookup
from c360_identity.graph.types import GraphTypes
from c360_identity.store.port import IdentityStore


def identity_subgraphs(catalog: Catalog) -> Callable[[IdentityStore, CustomerLookup], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened; all have one schema."""
    types, schema = _made_for(catalog)

    def over(store: IdentityStore, directory: CustomerLookup) -> Subgraph:
        def context_for(caller: CallerContext) -> GraphContext:
            mine = directory.within(scope_of(caller)) if caller.predicate else directory
            return make_context(caller, mine, types)

        async def ready() -> bool:
            await store.positions()
            return True

        return Subgraph("identity", schema, context_for, ready)

    return over


@lru_cache(CATALOGS_KEPT)
def _made_for(catalog: Catalog) -> tuple[GraphTypes, FederationSchema]:
    types = GraphTypes.of(catalog)
    return types, build_schema(types.query, types=[types.customer, types.source_record, types.node])
