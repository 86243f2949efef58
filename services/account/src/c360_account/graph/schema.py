"""The account subgraph."""

from __future__ import annotations

from collections.abc import Callable

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.scope import scope_of
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_account.graph.context import GraphContext, make_context
from c360_account.graph.types import GraphTypes
from c360_account.store.port import AccountStore
from c360_account.store.scoped import within


def account_subgraphs(
    catalog: Catalog, now_ms: Callable[[], int] = wall_clock_ms
) -> Callable[[AccountStore], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened; all have one schema."""
    types = GraphTypes.of(catalog)
    schema = build_schema(types.query, types=[types.customer, types.account])

    def over(store: AccountStore) -> Subgraph:
        def context_for(caller: CallerContext) -> GraphContext:
            reader = within(store, scope_of(caller)) if caller.predicate else store
            return make_context(caller, reader, catalog, types, now_ms)

        async def ready() -> bool:
            await store.positions()
            return True

        return Subgraph("account", schema, context_for, ready)

    return over
