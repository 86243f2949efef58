"""Token buckets (RFC 2697's committed rate and burst, one bucket for each principal)."""

from __future__ import annotations

import time
from collections.abc import Callable

from c360_federation.caches import Lru

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
        self._per_second = capacity / refill_s
        self._now_s = now_s
        self._buckets: Lru[str, tuple[float, float]] = Lru(_PRINCIPALS_KEPT)

    def take(self, principal: str, tokens: int) -> float:
        """Take tokens and answer 0.0, or take none and answer the seconds until there are enough.

        More than a full bucket holds is never there: that takes as long as filling it.
        """
        left = self._left(principal)
        if tokens <= left:
            self._buckets.put(principal, (left - tokens, self._now_s()))
            return 0.0
        return (min(float(tokens), self._capacity) - left) / self._per_second or 1.0

    def charge(self, principal: str, tokens: int) -> None:
        """Take tokens for what has happened already; the bucket may be left with a debt."""
        self._buckets.put(principal, (self._left(principal) - tokens, self._now_s()))

    def _left(self, principal: str) -> float:
        now = self._now_s()
        left, since = self._buckets.get(principal) or (self._capacity, now)
        return min(self._capacity, left + (now - since) * self._per_second)
