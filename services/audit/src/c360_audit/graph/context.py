"""What one operation works with: the store, proofs, and what seals its cursors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer

from c360_audit.store.port import AuditLog
from c360_audit.store.proofs import Proofs


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation; `now_ms` is the time of asking, ms UTC."""

    caller: CallerContext
    store: AuditLog
    sealer: CursorSealer
    proofs: Proofs
    now_ms: Callable[[], int]


Info = strawberry.Info[GraphContext, None]
