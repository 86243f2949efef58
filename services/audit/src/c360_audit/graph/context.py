"""What one operation works with: the store, and what seals its cursors."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer

from c360_audit.store.port import AuditLog


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation."""

    caller: CallerContext
    store: AuditLog
    sealer: CursorSealer


Info = strawberry.Info[GraphContext, None]
