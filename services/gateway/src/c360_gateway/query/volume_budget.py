"""The last look before an answer, a part or an event is put on record: it is within its budget."""

from __future__ import annotations

from contextlib import suppress

from typing_extensions import override

from c360_gateway.audit.trail import Budget, PerformedOperation
from c360_gateway.budget.bulk import ExportRequired
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.budget.volume import Volumes


class VolumeBudget(Budget):
    """Counts the customers that an operation tells of."""

    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    @override
    def spend(self, operation: PerformedOperation) -> None:
        """Raises `RateLimited` for too many customers, and `ExportRequired`."""
        bounds = operation.policy.row_policy
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
