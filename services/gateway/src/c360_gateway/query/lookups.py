"""How often somebody may look customers up, or filter them, by what they do not read here.

Each one tells whether a guess is right: with no bound on their number, guessing is reading.
"""

from __future__ import annotations

from c360_federation.engine import CompiledOperation

from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.token_bucket import TokenBuckets

LOOKUP_LIMITED = "LOOKUP_LIMITED"
_MESSAGE = "too many look-ups by what your roles may not read"
_REFILL_S = 60.0


class LookupQuota:
    """Counts what the rights `lookup` and `filter` alone allow."""

    def __init__(self, per_minute: int) -> None:
        self._buckets = TokenBuckets(per_minute, _REFILL_S)

    def spend(self, principal: str, count: int) -> None:
        """Count so many look-ups of an operation; raises `RateLimited` when they are too many."""
        wait_s = self._buckets.take(principal, count)
        if wait_s:
            raise RateLimited(_MESSAGE, wait_s, code=LOOKUP_LIMITED)

    def allows_one(self, principal: str) -> bool:
        """Count one more look-up; false, and nothing is counted, where that is too many."""
        return self._buckets.take(principal, 1) == 0.0


def limited_lookups(compiled: CompiledOperation, policy: TablePolicy) -> int:
    """How many look-ups of an operation count, aliases one by one."""
    return len({use.path for use in compiled.uses if policy.limits(use)})
