"""Deliveries are held back where the inbox would forget those for them that wait for a connector.

How many it holds by its size depends on how large they are: once it has begun to forget, whatever
comes has more of them forgotten.

What is delivered costs projections nothing until it is taken, and who takes it is held back as any
writer is: so how far they are holds nobody back here.
"""

from __future__ import annotations

import time

from c360_connectors.receiving.delivery import group_of
from c360_federation.caches import Lru
from c360_kernel.errors import Transient
from c360_kernel.log.entry import partition_of
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import INBOX

from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.query.backpressure import LAG_LIMITED

_MEASURED_EVERY_S = 1.0
_RETRY_AFTER_S = 30.0
_KEPT = 1_000


class InboxPressure:
    """Refuses deliveries while `most` entries or more wait in the partition of their connector.

    And while any wait of which the first went untaken. The inbox is measured once a second at most
    for each.
    """

    def __init__(self, log: EventLog, most: int) -> None:
        self._log = log
        self._most = most
        self._measured: Lru[str, tuple[float, int]] = Lru(_KEPT)

    async def admit(self, connector: str) -> None:
        """Let a delivery pass, or raise `RateLimited` (LAG_LIMITED)."""
        now, known = time.monotonic(), self._measured.get(connector)
        if known is None or now - known[0] >= _MEASURED_EVERY_S:
            known = (now, await self._waiting(connector))
            self._measured.put(connector, known)
        if known[1]:
            message = f"{known[1]} deliveries wait for who runs the connector: send later"
            raise RateLimited(message, _RETRY_AFTER_S, code=LAG_LIMITED)

    async def _waiting(self, connector: str) -> int:
        """How many wait, where it is too many."""
        try:
            return await self._behind(connector)
        except Transient:
            # The delivery itself tells that the log is away.
            return 0

    async def _behind(self, connector: str) -> int:
        """What is there and not taken: what is gone by its age waits for nobody."""
        ends = await self._log.ends((INBOX,))
        place = sorted(ends)[partition_of(connector, len(ends))]
        at = (await self._log.committed(group_of(connector))).get(place)
        found = await self._log.read(place, at or 0, 1) if ends[place] > (at or 0) else ()
        waiting = ends[place] - found[0].offset if found else 0
        # Of one that has taken nothing yet, what went before was perhaps of others.
        is_forgotten = bool(found) and at is not None and found[0].offset > at
        return waiting if is_forgotten or waiting >= self._most else 0
