"""Token buckets (RFC 2697's committed rate and burst), one for each principal."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from c360_federation.caches import Lru

from c360_gateway.budget.bucket import Bucket

_PRINCIPALS_KEPT = 10_000


class TokenBuckets:
    """A bucket per principal: full at first, refilled evenly to `capacity` over `refill_s` seconds.

    Of one process: each replica has its own. Memory is bounded; a principal that was forgotten
    for 10,000 others begins with a full bucket.
    """

    def __init__(
        self, capacity: int, refill_s: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = float(capacity)
        self._new = partial(Bucket, capacity / refill_s, self._capacity, now_s)
        self._buckets: Lru[str, Bucket] = Lru(_PRINCIPALS_KEPT)

    def take(self, principal: str, tokens: int) -> float:
        """Take tokens and answer 0.0, or take none and answer the seconds until there are enough.

        More than a full bucket holds is never there: that takes as long as filling it.
        """
        bucket = self._of(principal)
        left = bucket.level
        if tokens <= left:
            bucket.spend(tokens)
            return 0.0
        return (min(float(tokens), self._capacity) - left) / bucket.per_s or 1.0

    def charge(self, principal: str, tokens: int) -> None:
        """Take tokens for what has happened already; the bucket may be left with a debt."""
        self._of(principal).spend(tokens)

    def _of(self, principal: str) -> Bucket:
        return self._buckets.get(principal) or self._buckets.put(principal, self._new())
