"""All that this process watches for its subscribers."""

from __future__ import annotations

from c360_kernel.cursors import CursorSealer
from c360_kernel.log.port import EventLog

from c360_gateway.watch.customer_changes import CustomerChanges
from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.customers import CustomerWatch
from c360_gateway.watch.errors import Closing
from c360_gateway.watch.places import Places
from c360_gateway.watch.schema import subscription_type
from c360_gateway.watch.segment_gate import SegmentGate
from c360_gateway.watch.segments import SegmentWatch
from c360_gateway.watch.told import ToldChanges


class Watching:
    """The watches of one process; `subscription` is the root type over them."""

    def __init__(
        self, log: EventLog, sealer: CursorSealer, lookup: CustomerLookup, gate: SegmentGate
    ) -> None:
        places = Places(log, sealer)
        self._customers = CustomerWatch(log)
        self._changes = CustomerChanges(log, places)
        self._segments = SegmentWatch(log, places)
        told = ToldChanges(self._segments, self._changes, places, lookup, gate)
        self.subscription = subscription_type(self._customers, told, lookup)

    async def close(self) -> None:
        """End all subscriptions with SUBSCRIPTION_CLOSED and read the log no more."""
        await self._customers.close(Closing())
        await self._changes.close(Closing())
        await self._segments.close(Closing())
