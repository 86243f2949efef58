"""Writers are held back before projections fall so far behind that their answers are old."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from logging import getLogger

from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS

from c360_gateway.budget.rate_limited import RateLimited

LAG_LIMITED = "LAG_LIMITED"
_GROUPS = ("identity", "profile", "segment")
_OWN = {"segment": MEMBERSHIPS}
"""What a group reads that it wrote itself: a saved segment may make it long at once, for nobody to
wait for."""
_MEASURED_EVERY_S = 1.0
_LONGEST_S = 30.0
_log = getLogger(__name__)


class Backpressure:
    """Refuses writes while a consumer group has more than `most` entries still to handle.

    The lag is measured once a second at most. What it measures says when to come back: as long as
    the group needs for what is too much, at the rate that it was seen to have.
    """

    def __init__(self, log: EventLog, most: int, groups: Sequence[str] = _GROUPS) -> None:
        self._log = log
        self._most = most
        self._groups = groups
        self._measured_at = float("-inf")
        self._lags: Mapping[str, int] = {}
        self._handled: Mapping[str, int] = {}
        self._retry_after_s = 0.0

    async def admit(self) -> None:
        """Let a write pass, or raise `RateLimited` (LAG_LIMITED)."""
        now = time.monotonic()
        if now - self._measured_at >= _MEASURED_EVERY_S:
            elapsed, self._measured_at = now - self._measured_at, now
            await self._measure(elapsed)
        if self._retry_after_s:
            group = max(self._lags, key=lambda name: self._lags[name])
            message = f"{group} is {self._lags[group]} entries behind the log: write later"
            raise RateLimited(message, self._retry_after_s, code=LAG_LIMITED)

    async def _measure(self, elapsed_s: float) -> None:
        try:
            states = {group: await self._state(group) for group in self._groups}
        except Transient:
            # The write itself tells that the log is away.
            self._retry_after_s = 0.0
            return
        handled = {group: done for group, (_, done) in states.items()}
        self._lags = {group: lag for group, (lag, _) in states.items()}
        waits = [self._wait(group, handled[group], elapsed_s) for group in self._groups]
        self._handled, self._retry_after_s = handled, max(waits)

    async def _state(self, group: str) -> tuple[int, int]:
        """How many entries a group has to handle, and how many it has handled."""
        places = await self._log.committed(group)
        committed = {part: at for part, at in places.items() if part.topic != _OWN.get(group)}
        ends = await self._log.ends(sorted({partition.topic for partition in committed}))
        return _lag(ends, committed), sum(committed.values())

    def _wait(self, group: str, handled: int, elapsed_s: float) -> float:
        surplus = self._lags[group] - self._most
        if surplus < 0:
            return 0.0
        done = handled - self._handled.get(group, handled)
        return min(_LONGEST_S, 1.0 + surplus * elapsed_s / done) if done > 0 else _LONGEST_S


def _lag(ends: Mapping[Partition, int], committed: Mapping[Partition, int]) -> int:
    return sum(max(0, end - committed.get(partition, 0)) for partition, end in ends.items())
