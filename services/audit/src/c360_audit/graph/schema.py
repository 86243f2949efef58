"""The audit subgraph."""

from __future__ import annotations

from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph

from c360_audit.graph.context import GraphContext
from c360_audit.graph.query import Query
from c360_audit.store.port import AuditLog


def audit_subgraph(store: AuditLog, sealer: CursorSealer) -> Subgraph:
    """The subgraph over a store that the calling event loop opened."""

    def context_for(caller: CallerContext) -> GraphContext:
        return GraphContext(caller, store, sealer)

    async def ready() -> bool:
        await store.positions()
        return True

    return Subgraph("audit", build_schema(Query), context_for, ready)
