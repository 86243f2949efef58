"""The clock: tells the log that the next scheduled item is due, and nothing while none is.

It is the one place that reads the wall clock for anything scheduled. Of several replicas whoever
holds the lease ticks. Ticks of other projections count too, so that all clocks together append at
most four a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from c360_kernel.log.port import EventLog, Lease
from c360_kernel.log.ticks import last_tick, present, tick_entry
from c360_kernel.metrics import TICKS
from c360_kernel.projection.schedule import TimedStore
from c360_kernel.stamp import wall_clock_ms

INTERVAL_MS = 250


class Clock:
    """Ticks for one projection. `now_ms` is the wall clock."""

    def __init__(
        self,
        log: EventLog,
        lease: Lease,
        store: TimedStore[Any],
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._log = log
        self._lease = lease
        self._store = store
        self._now_ms = now_ms

    async def tick(self, idle_s: float) -> float:
        """Append a tick if the next item is due and no tick says so yet.

        Returns after how many seconds at most, up to `idle_s`, it wants to be asked again.
        """
        due = (await self._store.waiting()).due
        # Also while nothing is due: a lease that was not held before takes a while to be dealt.
        if due is None or not await self._lease.held():
            return idle_s
        pause_ms = due - self._now_ms()
        if pause_ms <= 0:
            pause_ms = await self._tick_for(due)
        return min(idle_s, pause_ms / 1000)

    async def close(self) -> None:
        """Let another clock tick."""
        await self._lease.close()

    async def _tick_for(self, due: int) -> int:
        last, now = await self._last(), self._now_ms()
        if last < due:
            if last > now - INTERVAL_MS:
                return last + INTERVAL_MS - now
            await self._log.append([tick_entry(now)])
            TICKS.add()
        return INTERVAL_MS

    async def _last(self) -> int:
        last = await last_tick(self._log)
        return 0 if last is None else present([last])
