"""All that this process watches for its subscribers."""

from __future__ import annotations

from c360_kernel.log.port import EventLog

from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.customers import CustomerWatch
from c360_gateway.watch.errors import Closing
from c360_gateway.watch.schema import subscription_type
from c360_gateway.watch.segment_gate import SegmentGate
from c360_gateway.watch.segments import SegmentWatch


class Watching:
    """The watches of one process; `subscription` is the root type over them."""

    def __init__(self, log: EventLog, lookup: CustomerLookup, gate: SegmentGate) -> None:
        self._customers = CustomerWatch(log)
        self._segments = SegmentWatch(log)
        self.subscription = subscription_type(self._customers, self._segments, lookup, gate)

    async def close(self) -> None:
        """End all subscriptions with SUBSCRIPTION_CLOSED and read the log no more."""
        await self._customers.close(Closing())
        await self._segments.close(Closing())
