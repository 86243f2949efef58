"""The audit subgraph."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from strawberry.federation import Schema

from c360_audit.graph.access import AuditAccessConnection, AuditedRule
from c360_audit.graph.context import GraphContext
from c360_audit.graph.operations import AuditedOperationConnection
from c360_audit.graph.query import Query
from c360_audit.store.port import AuditLog
from c360_audit.store.proofs import TreeProofs


def audit_subgraph(
    store: AuditLog,
    sealer: CursorSealer,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> Subgraph:
    """The subgraph over a store that the calling event loop opened."""

    proofs = TreeProofs(store.trees)

    def context_for(caller: CallerContext) -> GraphContext:
        return GraphContext(caller, store, sealer, proofs, now_ms)

    async def ready() -> bool:
        await store.positions()
        return True

    return Subgraph("audit", _schema(), context_for, ready)


@cache
def _schema() -> Schema:
    """The same for every store."""
    entities = [AuditAccessConnection, AuditedOperationConnection, AuditedRule]
    return build_schema(Query, types=entities)
