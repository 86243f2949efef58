"""What can be watched, over the log and the services that say who may be told."""

from __future__ import annotations

from c360_federation.execute.transport import SubgraphTransport
from c360_kernel.cursors import CursorSealer
from c360_kernel.log.port import EventLog

from c360_gateway.assembly.keys import cursor_keys
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup
from c360_gateway.watch.segment_gate import SubgraphSegmentGate
from c360_gateway.watch.watching import Watching


def watching_over(log: EventLog, services: SubgraphTransport, instance_key: bytes) -> Watching:
    """The watches of this process; their cursors open where those of `changes` do."""
    lookup, gate = SubgraphCustomerLookup(services), SubgraphSegmentGate(services)
    return Watching(log, CursorSealer(cursor_keys(instance_key)), lookup, gate)
