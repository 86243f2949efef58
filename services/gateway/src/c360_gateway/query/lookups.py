"""How often somebody may look customers up, or filter them, by what they do not read here.

Each one tells whether a guess is right: with no bound on their number, guessing is reading.
"""

from __future__ import annotations

from c360_federation.engine import CompiledOperation

from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.weak_pair_cache import WeakPairCache
from c360_gateway.query.token_bucket import TokenBuckets

LOOKUP_LIMITED = "LOOKUP_LIMITED"
_MESSAGE = "too many look-ups by what your roles may not read"
_REFILL_S = 60.0


class LookupQuota:
    """Counts what the rights `lookup` and `filter` alone allow, aliases one by one."""

    def __init__(self, per_minute: int) -> None:
        self._buckets = TokenBuckets(per_minute, _REFILL_S)
        self._counted: WeakPairCache[int] = WeakPairCache()

    def spend(self, principal: str, compiled: CompiledOperation, policy: TablePolicy) -> None:
        """Count the look-ups of an operation; raises `RateLimited` when they are too many."""
        count = self._count(compiled, policy)
        wait_s = self._buckets.take(principal, count) if count else 0.0
        if wait_s:
            raise RateLimited(_MESSAGE, wait_s, code=LOOKUP_LIMITED)

    def allows_one(self, principal: str) -> bool:
        """Count one more look-up; false, and nothing is counted, where that is too many."""
        return self._buckets.take(principal, 1) == 0.0

    def _count(self, compiled: CompiledOperation, policy: TablePolicy) -> int:
        known = self._counted.get(compiled, policy)
        if known is None:
            lookups = len({use.path for use in compiled.uses if policy.limits(use)})
            known = self._counted.put(compiled, policy, lookups)
        return known
