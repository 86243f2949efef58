"""How many different customers one principal is told of, or asks for, in an hour and a day."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field

from c360_federation.caches import Lru
from c360_policy.rows.model import Volume

from c360_gateway.budget.rate_limited import RateLimited

VOLUME_LIMITED = "VOLUME_LIMITED"
ENUMERATION_LIMITED = "ENUMERATION_LIMITED"
_MESSAGES = {
    VOLUME_LIMITED: "as many customers as your roles may be told of for now",
    ENUMERATION_LIMITED: "as many customers as your roles may look up for now",
}
_HOUR_S, _DAY_S = 3_600.0, 86_400.0
_PRINCIPALS_KEPT = 10_000


@dataclass(slots=True)
class _Window:
    """Who was counted since it began; hashes, so that it holds nobody's id."""

    length_s: float
    begun_s: float
    customers: set[int] = field(default_factory=set[int])

    def at(self, now_s: float) -> _Window:
        """Itself, or once it is over one that begins now."""
        return self if now_s < self.begun_s + self.length_s else _Window(self.length_s, now_s)


class Volumes:
    """Of one process: each replica counts for itself. A customer counts once in each window.

    Memory is bounded; a principal that was forgotten for 10,000 others begins anew.
    """

    def __init__(
        self, now_s: Callable[[], float] = time.monotonic, code: str = VOLUME_LIMITED
    ) -> None:
        self._now_s = now_s
        self._code = code
        self._windows: Lru[str, tuple[_Window, _Window]] = Lru(_PRINCIPALS_KEPT)

    def count(self, principal: str, volume: Volume, customers: Collection[Hashable]) -> None:
        """Count customers, or what they are asked for by, before they are told of.

        Raises `RateLimited` with its code, and counts none of them, where they are too many.
        """
        bounds = (volume.per_hour, volume.per_day)
        if bounds == (None, None) or not customers:
            return
        now, known = self._now_s(), {hash(one) for one in customers}
        before = self._windows.get(principal) or (_Window(_HOUR_S, now), _Window(_DAY_S, now))
        hour, day = (one.at(now) for one in before)
        self._windows.put(principal, (hour, day))
        for window, most in zip((hour, day), bounds, strict=True):
            if most is not None and len(window.customers | known) > most:
                wait_s = window.begun_s + window.length_s - now
                raise RateLimited(_MESSAGES[self._code], wait_s, code=self._code)
        hour.customers |= known
        day.customers |= known
