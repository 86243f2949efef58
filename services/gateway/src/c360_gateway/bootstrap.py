"""Puts the gateway together: the one place that knows which adapters exist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from c360_federation.execute.streams import InProcessStreams
from c360_federation.serving import HttpTransports
from c360_federation.supergraph.model import Supergraph
from c360_kernel.catalog.model import Catalog
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Projection
from c360_kernel.telemetry import NO_TRACER, Tracer
from c360_policy.reading.names import Vocabulary

from c360_gateway.assembly.base import Base
from c360_gateway.assembly.catalog import NOBODY, CatalogParts, Followers
from c360_gateway.assembly.collecting import collecting
from c360_gateway.assembly.domain import Domain, Transports, traced
from c360_gateway.assembly.gateway import Gateway, gateway_over
from c360_gateway.assembly.limits import answer_limits
from c360_gateway.assembly.office import open_office, whose_log
from c360_gateway.assembly.subgraphs import Subgraphs, plain_http
from c360_gateway.assembly.watching import watching_over
from c360_gateway.doors.graphql.schema import SUBGRAPH, collecting_caller
from c360_gateway.doors.graphql.taken_inputs import ITEMS
from c360_gateway.doors.live import LiveCollecting
from c360_gateway.policy.live_catalog import LiveCatalog
from c360_gateway.query import faults
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph.sdl import LocalSdl
from c360_gateway.supergraph.source import ComposedSource, FileSource
from c360_gateway.transport.http import signed_http
from c360_gateway.transport.in_process import InProcess
from c360_gateway.transport.resilient import resilient
from c360_gateway.watch.source import event_source


def build(
    settings: GatewaySettings,
    catalog: Catalog,
    log: EventLog,
    subgraphs: Subgraphs,
    instance_key: bytes,
    tracer: Tracer = NO_TRACER,
    fed: Sequence[Projection] = (),
    catalog_file: Path | None = None,
    followers: Followers = NOBODY,
) -> Gateway:
    """The gateway over the project's own subgraphs.

    `catalog_file` is where the catalog came from: another one in it is taken, and told to
    `followers`, the subgraphs of this process.
    `instance_key` is a secret of at least 16 bytes: masks and audit names are made with it.
    `fed` are the projections that this process feeds; their lag is told.
    Raises `SettingsError` when policy, keys, stores or issuers cannot be used.
    """
    base = Base.of(settings, log, instance_key, tracer, fed)
    remote = signed_http(subgraphs.remote, answer_limits(settings), subgraphs.tls)
    elsewhere = subgraphs.elsewhere(remote, settings)
    services = traced(InProcess(subgraphs.local, elsewhere), tracer)
    watching = watching_over(log, services, instance_key)
    policies = open_office(settings, whose_log(log))
    collect = LiveCollecting(collecting(base, services, watching, policies), catalog)
    local = {**subgraphs.local, SUBGRAPH: collect}
    sources = {**subgraphs.sources(remote), SUBGRAPH: LocalSdl(collect.sdl)}
    transports = Transports(
        InProcess(local, elsewhere, {SUBGRAPH: collecting_caller}),
        InProcessStreams({SUBGRAPH: event_source(collect)}),
    )

    async def take(changed: Catalog) -> None:
        await followers.take(changed)
        collect.take(changed)

    domain = Domain(
        lambda _: transports,
        faults.own,
        lambda use: ComposedSource(sources, settings.last_good, use),
        [watching.close, remote.close, policies.close],
        watching.close,
        subgraphs.probes(),
        subgraphs.troubles,
        ITEMS,
        collect.tracked,
    )
    live = LiveCatalog(catalog, catalog_file)
    return gateway_over(base, CatalogParts(Vocabulary(catalog), live, take, followers), domain)


def build_before(
    settings: GatewaySettings,
    supergraph: Path,
    log: EventLog,
    instance_key: bytes,
    tracer: Tracer = NO_TRACER,
    fed: Sequence[Projection] = (),
) -> Gateway:
    """The gateway before anyone's subgraphs: policy, masks and audit over a supergraph in a file.

    Another supergraph in that file is taken without a restart. Requests go to the URLs that it
    names, unsigned. `fed` are the projections that this process feeds; their lag is told.
    """
    http = HttpTransports(plain_http(settings))

    def transports_of(one: Supergraph) -> Transports:
        transport, streams = http.to(one)
        return Transports(resilient(transport, settings), streams)

    from_file = partial(FileSource, supergraph)
    domain = Domain(transports_of, faults.masked, from_file, [http.close])
    base = Base.of(settings, log, instance_key, tracer, fed)
    return gateway_over(base, CatalogParts(Vocabulary(None)), domain)
