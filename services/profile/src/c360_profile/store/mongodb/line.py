"""Whether one server without a break took all that was written meanwhile.

A primary takes writes in one order, and keeps that order on its disk and on its secondaries: where
a later one lasts, so do those before it. So of all the writes of a unit only the last has to wait
until it is in the journals of a majority; unless another server, or the same one begun anew, came
between them, which may have lost the end of what the first one took.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from c360_kernel.errors import Conflict
from c360_kernel.mongodb import Client
from pymongo import WriteConcern
from pymongo.monitoring import ConnectionClosedEvent, ConnectionPoolListener, PoolClearedEvent
from typing_extensions import override

# Behind these there are several primaries, each with an order of its own.
_OF_MANY = ("Sharded", "LoadBalanced")


class Breaks(ConnectionPoolListener):
    """Counts the connections that a client lost. A server that begins anew has lost all."""

    def __init__(self) -> None:
        self.count = 0

    @override
    def connection_closed(self, event: ConnectionClosedEvent) -> None:
        self.count += 1

    @override
    def pool_cleared(self, event: PoolClearedEvent) -> None:
        self.count += 1

    def _unheeded(self, event: Any) -> None:  # noqa: ANN401 - of whatever kind
        """No connection is lost."""

    pool_created = pool_ready = pool_closed = _unheeded
    connection_created = connection_ready = _unheeded
    connection_check_out_started = connection_check_out_failed = _unheeded
    connection_checked_out = connection_checked_in = _unheeded


class Place(NamedTuple):
    """Who takes writes, in which election, and what was lost of the way there."""

    primaries: tuple[str, ...]
    election: str
    breaks: int


class Line:
    """The way to the server that one client writes to."""

    def __init__(self, client: Client, breaks: Breaks) -> None:
        self._client = client
        self._breaks = breaks

    @property
    def concern(self) -> WriteConcern | None:
        """How writes are acknowledged that another one follows; None where each has to wait."""
        kind = self._client.topology_description.topology_type_name
        return None if kind in _OF_MANY else WriteConcern(w=1)

    @property
    def place(self) -> Place:
        """Where writes go now."""
        described = self._client.topology_description
        primaries = sorted(
            f"{address} {_process(server)}"
            for address, server in described.server_descriptions().items()
            if server.is_writable
        )
        return Place(tuple(primaries), str(described.max_election_id), self._breaks.count)

    def refuse_broken(self, since: Place) -> None:
        """Raise `Conflict` unless all that was asked since went to one server."""
        if self.place != since:
            raise Conflict("another server may have taken over meanwhile")


def _process(server: Any) -> str:  # noqa: ANN401 - what the driver keeps of a server
    """Names the server's process, where it says so."""
    return str((server.topology_version or {}).get("processId", ""))
