"""The profile subgraph."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.scope import scope_of
from c360_kernel.signing import SigningKeys
from c360_kernel.subgraph.schema import CATALOGS_KEPT, FederationSchema, build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_profile.domain.golden import GoldenRules
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import GraphContext, make_context
from c360_profile.graph.customer import customer_type
from c360_profile.graph.customers import query_type
from c360_profile.graph.past_customer import past_customer_type
from c360_profile.graph.record import record_type
from c360_profile.store.port import ProfileStore
from c360_profile.store.scoped import within


def profile_subgraphs(
    rules: GoldenRules,
    sealer: CursorSealer,
    groups: DisclosedGroups | None = None,
    signing: SigningKeys | None = None,
) -> Callable[[ProfileStore], Subgraph]:
    """Gives the subgraph over each store that a calling event loop opened.

    All graphs of a process share `groups`: what was told of them. Receipts are signed if there are
    keys for it.
    """
    disclosed = groups or DisclosedGroups()
    types, schema = _made_for(rules.catalog)

    def over(store: ProfileStore) -> Subgraph:

        def context_for(caller: CallerContext) -> GraphContext:
            reader = within(store, scope_of(caller)) if caller.predicate else store
            return make_context(caller, reader, rules, types, sealer, disclosed, signing)

        async def ready() -> bool:
            await store.positions()
            return True

        return Subgraph("profile", schema, context_for, ready)

    return over


@lru_cache(CATALOGS_KEPT)
def _made_for(catalog: Catalog) -> tuple[CatalogTypes, FederationSchema]:
    types = CatalogTypes.of(catalog)
    customer, record = customer_type(types), record_type(types)
    past = past_customer_type(types)
    made = (*types.events.values(), *types.objects.values())
    schema = build_schema(query_type(catalog, customer), types=[customer, record, past, *made])
    return types, schema
