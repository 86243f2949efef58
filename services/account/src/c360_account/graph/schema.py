"""The account subgraph."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.schema import CATALOGS_KEPT, FederationSchema, build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_account.graph.context import make_context
from c360_account.graph.types import GraphTypes
from c360_account.store.port import AccountStore


def account_subgraphs(
    catalog: Catalog, sealer: CursorSealer, now_ms: Callable[[], int] = wall_clock_ms
) -> Callable[[AccountStore], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened; all have one schema."""
    types, schema = _made_for(catalog)

    def over(store: AccountStore) -> Subgraph:
        async def ready() -> bool:
            await store.positions()
            return True

        context_for = partial(
            make_context,
            everybody=store,
            catalog=catalog,
            types=types,
            sealer=sealer,
            now_ms=now_ms,
        )
        return Subgraph("account", schema, context_for, ready)

    return over


@lru_cache(CATALOGS_KEPT)
def _made_for(catalog: Catalog) -> tuple[GraphTypes, FederationSchema]:
    types = GraphTypes.of(catalog)
    return types, build_schema(types.query, types=[types.customer, types.account])
