"""What looking customers up may cost: how often by what is not read, and how many different ones.

Whoever goes through ids, numbers or keys one by one asks for many customers and is told of few. So
what is asked for counts, found or not: who is hidden and who does not exist look alike here, too.
"""

from __future__ import annotations

from c360_federation.answers import Prepared

from c360_gateway.auth.principal import Principal
from c360_gateway.budget.volume import Volumes
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.weak_pair_cache import WeakPairCache
from c360_gateway.query.looked_up import Question, questions_of
from c360_gateway.query.lookups import LookupQuota


class LookupBudgets:
    """Spent before anything of an operation is asked of a service."""

    def __init__(self, quota: LookupQuota, enumerated: Volumes) -> None:
        self._quota = quota
        self._enumerated = enumerated
        self._questions: WeakPairCache[tuple[Question, ...]] = WeakPairCache()

    def spend(self, principal: Principal, prepared: Prepared, policy: TablePolicy) -> None:
        """Count the look-ups of an operation.

        Raises `RateLimited` (LOOKUP_LIMITED, ENUMERATION_LIMITED) when they are too many.
        """
        self._quota.spend(principal.subject, prepared.operation, policy)
        bound = policy.row_policy.lookups
        if (bound.per_hour, bound.per_day) == (None, None):
            return
        asked = {one.asked(prepared.variables) for one in self._of(prepared, policy)}
        self._enumerated.tell(f"{principal.issuer} {principal.subject}", bound, asked)

    def _of(self, prepared: Prepared, policy: TablePolicy) -> tuple[Question, ...]:
        compiled = prepared.operation
        known = self._questions.get(compiled, policy)
        if known is None:
            known = self._questions.put(compiled, policy, questions_of(compiled))
        return known
