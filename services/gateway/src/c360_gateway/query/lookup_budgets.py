"""What looking customers up may cost: how often by what is not read, and how many different ones.

Whoever goes through ids, numbers or keys one by one asks for many customers and is told of few. So
what is asked for counts, found or not: who is hidden and who does not exist look alike here, too.
"""

from __future__ import annotations

from c360_federation.values import JsonObject
from c360_policy.rows.model import Volume

from c360_gateway.auth.principal import Principal
from c360_gateway.budget.volume import Volumes
from c360_gateway.query.decided_operation import DecidedOperation
from c360_gateway.query.lookups import LookupQuota


class LookupBudgets:
    """Spent before anything of an operation is asked of a service."""

    def __init__(self, quota: LookupQuota, enumerated: Volumes) -> None:
        self._quota = quota
        self._enumerated = enumerated

    def spend(
        self, principal: Principal, decided: DecidedOperation, variables: JsonObject, bound: Volume
    ) -> None:
        """Count the look-ups of an operation, of different customers within this bound.

        Raises `RateLimited` (LOOKUP_LIMITED, ENUMERATION_LIMITED) when they are too many.
        """
        if decided.lookups:
            self._quota.spend(principal.subject, decided.lookups)
        named = {one.named(variables) for one in decided.questions}
        self._enumerated.count(f"{principal.issuer} {principal.subject}", bound, named)
