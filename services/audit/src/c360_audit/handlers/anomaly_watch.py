"""What stands out of an hour is counted once the hour is over, so that somebody is woken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from c360_kernel.errors import Conflict, Transient, Unusable
from c360_kernel.metrics import ACCESS_ANOMALIES
from c360_kernel.stamp import wall_clock_ms

from c360_audit.domain.activity import HOUR_MS
from c360_audit.domain.anomalies import COMMON_MS, anomalies
from c360_audit.store.port import AuditLog

_LOOK_AGAIN_S = 60.0
# What was asked in an hour's last seconds is on record by then.
_LATE_MS = 120_000


class AnomalyWatch:
    """Counts, in a store of its own opening, what stands out of each hour that ended meanwhile.

    Every replica counts all of it: take the greatest, never the sum. Hours that ended before the
    start are those of whoever ran then; a store that is away is asked about them at the next look.
    """

    def __init__(
        self, open_store: Callable[[], AuditLog], now_ms: Callable[[], int] = wall_clock_ms
    ) -> None:
        self._open_store = open_store
        self._now_ms = now_ms
        self._since = self._ended()

    async def run(self) -> None:
        """Look again for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            with contextlib.suppress(Transient, Conflict, Unusable):
                await self.look()

    async def look(self) -> None:
        """Count what stands out since the last look that found the store there."""
        since, until = self._since, self._ended()
        if until <= since:
            return
        store = self._open_store()
        try:
            activity = await store.activity(since - COMMON_MS, until)
        finally:
            await store.close()
        for one in anomalies(activity, since):
            ACCESS_ANOMALIES.add(one.kind)
        self._since = until

    def _ended(self) -> int:
        """Where the newest hour that is over ends, ms UTC."""
        return (self._now_ms() - _LATE_MS) // HOUR_MS * HOUR_MS
