"""Deliveries are held back where the inbox would forget those for them that wait for a connector.

How many it holds by its size depends on how large they are, so their bytes are measured: what would
have the first that waits forgotten is not taken, nor anything once that has happened.

What is delivered costs projections nothing until it is taken, and who takes it is held back as any
writer is: so how far they are holds nobody back here.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import NamedTuple

from c360_connectors.receiving.delivery import group_of
from c360_federation.caches import Lru
from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition, partition_of
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import INBOX

from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.query.backpressure import LAG_LIMITED

_MEASURED_EVERY_S = 1.0
_RETRY_AFTER_S = 30.0
_KEPT = 1_000
_FRAME_BYTES = 1_000
"""What a delivery takes beside its body, at most."""
_FULL = 0.9
"""Of what the inbox holds: other gateways take deliveries, too, until it is measured again."""


class _Measured(NamedTuple):
    """What waits for a connector at a time: how many, and whether that is too many by themselves.

    `room` is for how many bytes more there is room in their partition, of which `came` is what this
    process had let in by then.
    """

    at: float
    place: Partition
    waiting: int
    is_enough: bool
    room: float
    came: int


class InboxPressure:
    """Refuses deliveries while `most` entries or more wait in the partition of their connector.

    And while they would have any that waits forgotten, or some were. The inbox is measured once a
    second at most for each; what comes meanwhile is counted.
    """

    def __init__(self, log: EventLog, most: int) -> None:
        self._log = log
        self._most = most
        self._measured: Lru[str, _Measured] = Lru(_KEPT)
        self._came: Counter[Partition] = Counter()

    async def admit(self, connector: str, size: int) -> None:
        """Let a delivery of so many bytes pass, or raise `RateLimited` (LAG_LIMITED)."""
        try:
            known = await self._of(connector)
        except Transient:
            # The delivery itself tells that the log is away.
            return
        came = self._came[known.place] - known.came
        # One that waits for nothing has nothing forgotten, however large it is.
        is_first = not known.waiting and not came
        if known.is_enough or (not is_first and came + size + _FRAME_BYTES > known.room):
            message = f"{known.waiting} deliveries wait for who runs the connector: send later"
            raise RateLimited(message, _RETRY_AFTER_S, code=LAG_LIMITED)
        self._came[known.place] += size + _FRAME_BYTES

    async def _of(self, connector: str) -> _Measured:
        now, known = time.monotonic(), self._measured.get(connector)
        if known is None or now - known.at >= _MEASURED_EVERY_S:
            known = await self._measure(connector, now)
            self._measured.put(connector, known)
        return known

    async def _measure(self, connector: str, now: float) -> _Measured:
        """What is there and not taken: what is gone by its age waits for nobody."""
        ends = await self._log.ends((INBOX,))
        place = sorted(ends)[partition_of(connector, len(ends))]
        came = self._came[place]
        at = (await self._log.committed(group_of(connector))).get(place)
        found = await self._log.read(place, at or 0, 1) if ends[place] > (at or 0) else ()
        first = found[0].offset if found else ends[place]
        waiting = ends[place] - first
        # Of one that has taken nothing yet, what went before was perhaps of others.
        is_forgotten = bool(found) and at is not None and first > at
        is_enough = is_forgotten or waiting >= self._most
        room = await self._room(place, first)
        return _Measured(now, place, waiting, is_enough, room, came)

    async def _room(self, place: Partition, first: int) -> float:
        holding = await self._log.holding(place, first)
        return math.inf if holding is None else holding.most * _FULL - holding.bytes
