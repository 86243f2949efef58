"""The last step before an answer, a part or an event leaves: within its budget, and on record."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress

from c360_policy.row_policy import RowPolicy
from typing_extensions import override

from c360_gateway.audit.trail import PerformedOperation, Recorder
from c360_gateway.budget.bulk import ExportRequired
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.budget.volume import Volumes


class BudgetedRecorder(Recorder):
    """Counts the customers that an operation tells of, then puts it on record."""

    def __init__(self, trail: Recorder, volumes: Volumes) -> None:
        self._trail = trail
        self._volumes = volumes

    @override
    def record(self, operation: PerformedOperation) -> Awaitable[None]:
        """Raises `RateLimited` as well, for too many customers, and `ExportRequired`."""
        bounds = operation.policy.row_policy
        if bounds.is_counted:
            self._count(operation, bounds)
        return self._trail.record(operation)

    def _count(self, operation: PerformedOperation, bounds: RowPolicy) -> None:
        principal, customers = operation.context.principal, operation.context.subjects
        who = f"{principal.issuer} {principal.subject}"
        kind = operation.prepared.operation.kind
        most = bounds.bulk if kind == "query" and not operation.policy.is_export else None
        if most is not None and len(customers) > most:
            raise ExportRequired(most)
        # What was written was written: its answer counts and is never withheld.
        is_written = kind == "mutation"
        with suppress(*((RateLimited,) if is_written else ())):
            self._volumes.count(who, bounds.volume, customers)
