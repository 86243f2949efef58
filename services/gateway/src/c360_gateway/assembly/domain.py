"""What a gateway is over: how its subgraphs are asked, and where their supergraph comes from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from c360_federation.execute.faults import Report
from c360_federation.execute.streams import StreamTransport
from c360_federation.execute.transport import SubgraphTransport
from c360_federation.supergraph.model import Supergraph
from c360_kernel.telemetry import NO_TRACER, Tracer

from c360_gateway.app import Close
from c360_gateway.doors.tracking.door import Tracked
from c360_gateway.readiness import Probe, Troubles, no_troubles
from c360_gateway.supergraph.source import SupergraphSource
from c360_gateway.transport.traced import TracedTransport

Use: TypeAlias = Callable[[str], Awaitable[None]]
"""Puts a supergraph to use."""


@dataclass(frozen=True, slots=True)
class Transports:
    """How subgraphs are asked, and how their events are heard."""

    transport: SubgraphTransport
    streams: StreamTransport


async def no_drain() -> None:
    """Events of anyone's subgraphs are cut off once the server has waited for their end."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Subgraphs and what belongs to them.

    `report` says how their faults are told, `source_for` hands supergraphs to whoever uses them;
    `entrusted` are the inputs whose values the collector decides; `tracked` is what takes tracking
    calls now, if anything does.
    """

    transports_of: Callable[[Supergraph], Transports]
    report: Report
    source_for: Callable[[Use], SupergraphSource]
    closing: Sequence[Close]
    drain: Close = no_drain
    probes: Mapping[str, Probe] = field(default_factory=dict[str, Probe])
    troubles: Troubles = no_troubles
    entrusted: Sequence[str] = ()
    tracked: Callable[[], Tracked] | None = None


def traced(transport: SubgraphTransport, tracer: Tracer) -> SubgraphTransport:
    """Without telemetry, requests are not wrapped at all."""
    return transport if tracer is NO_TRACER else TracedTransport(transport, tracer)
