"""The account subgraph."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.scope import scope_of
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.schema import CATALOGS_KEPT, FederationSchema, build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_account.graph.context import GraphContext, make_context
from c360_account.graph.types import GraphTypes
from c360_account.store.port import AccountStore
from c360_account.store.scoped import within


def account_subgraphs(
    catalog: Catalog, sealer: CursorSealer, now_ms: Callable[[], int] = wall_clock_ms
) -> Callable[[AccountStore], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened; all have one schema."""
    types, schema = _made_for(catalog)

    def over(store: AccountStore) -> Subgraph:
        def context_for(caller: CallerContext) -> GraphContext:
            reader = within(store, scope_of(caller)) if caller.predicate else store
            return make_context(caller, reader, catalog, types, sealer, now_ms)

        async def ready() -> bool:
            await store.positions()
            return True

        return Subgraph("account", schema, context_for, ready)

    return over


@lru_cache(CATALOGS_KEPT)
def _made_for(catalog: Catalog) -> tuple[GraphTypes, FederationSchema]:
    types = GraphTypes.of(catalog)
    return types, build_schema(types.query, types=[types.customer, types.account])
