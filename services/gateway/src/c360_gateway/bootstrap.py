"""Puts the gateway together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from c360_federation.engine import Engine, EngineSettings
from c360_federation.execute.faults import Report
from c360_federation.execute.http_client import HttpSettings
from c360_federation.execute.streams import InProcessStreams, StreamTransport
from c360_federation.execute.transport import InProcessTransport, SubgraphTransport
from c360_federation.execute.weighing import AnswerLimits
from c360_federation.http import WebSocketSettings
from c360_federation.operation.limits import InputLimits, Limits
from c360_federation.serving import HttpTransports
from c360_federation.supergraph import read_supergraph
from c360_federation.supergraph.model import Supergraph
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.log.clock import LogClock
from c360_kernel.log.identity import Origin
from c360_kernel.log.lag import Lags
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Projection
from c360_kernel.stopped import StoppedWorkers
from c360_kernel.subgraph.paging import DEFAULT_PAGE
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.telemetry import NO_TRACER, Tracer
from c360_policy.casbin import refuse_rival_distribution
from c360_policy.mask.apply import Masks
from c360_policy.mask.kinds import NO_CATALOG, ValueKinds, kinds_of
from c360_policy.reading.names import Known, Vocabulary, refuse_unknown
from c360_policy.schema.catalog_tags import after_change
from c360_policy.store.files import FilePolicyStore
from c360_policy.store.port import PolicyStore
from c360_policy.store.shipped import copy_default_policy, policy_text
from c360_policy.store.versions import VersionFiles
from c360_policy.table import Coordinates
from fastapi import FastAPI
from typing_extensions import override

from c360_gateway.app import Close, Kept, gateway_app
from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.subjects import SubjectsOf, SubjectTracing, SubjectTracingStreams
from c360_gateway.audit.trail import AuditTrail
from c360_gateway.auth.configured import issuers_of
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.budget.account import Terms
from c360_gateway.budget.accounts import Accounts, Strangers
from c360_gateway.budget.door import Door
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.consent_receipts import SubgraphConsentReceipts
from c360_gateway.collect.dead_letters import DeadLetters
from c360_gateway.collect.found_customers import FoundCustomers, SubgraphCustomers
from c360_gateway.collect.joins import JoinQuota, SubgraphJoins
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.receipts import SubgraphReceipts
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.doors.graphql.live import LiveCollecting
from c360_gateway.doors.graphql.schema import SUBGRAPH, collect_subgraph, collecting_caller
from c360_gateway.doors.graphql.taken_inputs import ITEMS
from c360_gateway.http.explorer import Explorer
from c360_gateway.http.origins import CrossOrigin, read_origins
from c360_gateway.http.route import GraphQLRoute
from c360_gateway.http.sockets import GraphQLSockets
from c360_gateway.policy.live_catalog import LiveCatalog
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query import faults
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.bodies import BodyLimits
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.lookups import LookupQuota
from c360_gateway.query.pipeline import Pipeline
from c360_gateway.query.prepared_operation import Graph
from c360_gateway.query.renewal import Renewal
from c360_gateway.readiness import (
    CallProbe,
    HttpProbe,
    Probe,
    Readiness,
    Troubles,
    no_troubles,
)
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph.keeper import FileKeeper, Keeper, SupergraphKeeper
from c360_gateway.supergraph.sdl import LocalSdl, RemoteSdl, SdlSource
from c360_gateway.transport.http import RemoteSubgraph, signed_http
from c360_gateway.transport.in_process import Executable, handler, in_process
from c360_gateway.transport.resilient import resilient
from c360_gateway.transport.routing import RoutingTransport
from c360_gateway.transport.traced import TracedTransport
from c360_gateway.watch.customer_lookup import SubgraphCustomerLookup
from c360_gateway.watch.segment_gate import SubgraphSegmentGate
from c360_gateway.watch.source import event_source
from c360_gateway.watch.watching import Watching

_SUBJECT_TYPE = "Customer"
_SUBJECT_ID = "id"
# What a caller with a token can fill by sending ever new operations of the greatest size.
_ENGINE = EngineSettings(parsed_kept=500, compiled_kept=1_000, plans_kept=500)
# Deep enough for any filter that a person or a form makes up.
_INPUT_DEPTH = 32
_UNDECLARED: Coordinates = {}
_TOLD_MOST = 20


Use: TypeAlias = Callable[[str], Awaitable[None]]
"""Puts a supergraph to use."""


@dataclass(frozen=True, slots=True)
class Transports:
    """How subgraphs are asked, and how their events are heard."""

    transport: SubgraphTransport
    streams: StreamTransport


class Followers(Protocol):
    """Those of this process who take a catalog when the gateway does."""

    async def take(self, catalog: Catalog) -> None:
        """Take it, or begin to."""
        ...

    def told(self) -> Mapping[str, str]:
        """What is still under way for it, by part."""
        ...


class _Nobody(Followers):
    @override
    async def take(self, catalog: Catalog) -> None: ...

    @override
    def told(self) -> Mapping[str, str]:
        return {}


NOBODY: Followers = _Nobody()


class LocalSubgraph(Executable, Protocol):
    """A subgraph of this process: what `c360_kernel.subgraph.subgraph.Subgraph` offers."""

    def sdl(self) -> str:
        """Its federation SDL."""
        ...

    def ready(self) -> Awaitable[bool]:
        """Whether its store answers; may raise instead."""
        ...


@dataclass(frozen=True, slots=True)
class Subgraphs:
    """The domain's subgraphs: called in this process, or reached over HTTP.

    `troubles` tells of the processes that were started for them along with this one.
    """

    local: Mapping[str, LocalSubgraph] = field(default_factory=dict[str, LocalSubgraph])
    remote: Mapping[str, RemoteSubgraph] = field(default_factory=dict[str, RemoteSubgraph])
    troubles: Troubles = no_troubles


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway ready to be served; the app's lifespan starts and stops it.

    Whoever serves it calls `farewell` before waiting for the last answers: subscriptions end by
    themselves only when their tokens do. Workers of the same process that stop are told to
    `stopped`, for `/readyz`. `introduce` raises `SettingsError` (STORE_FOREIGN) for stores
    of another instance that are not fed, and (CLOCK_BEHIND) for a clock far behind the log.
    """

    app: FastAPI
    pipeline: Pipeline
    keeper: Keeper
    farewell: Close
    stopped: StoppedWorkers
    readiness: Readiness
    introduce: Close


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
    remote = signed_http(subgraphs.remote, _answers(settings))
    routes: dict[str, SubgraphTransport] = dict.fromkeys(
        subgraphs.remote, resilient(remote, settings)
    )
    routes |= dict.fromkeys(subgraphs.local, in_process(subgraphs.local))
    clock = LogClock(log, settings.clock_behind_s)
    domain = _traced(RoutingTransport(routes), tracer)
    quota = JoinQuota(
        SubgraphJoins(domain),
        settings.reader_joins_per_hour,
        settings.reader_identifiers_per_hour,
    )
    watching = Watching(log, SubgraphCustomerLookup(domain), SubgraphSegmentGate(domain))
    skew_ms = settings.clock_skew_s * 1_000
    sealer = CursorSealer(_cursor_keys(instance_key))
    items, letters = RefusedItems(log, sealer), DeadLetters(log, sealer)
    lookups = LookupQuota(settings.lookups_per_minute)

    def collecting(catalog: Catalog) -> Subgraph:
        quarantine = Quarantine(catalog, settings.quarantine_bytes_per_hour)
        receipts, consents = SubgraphReceipts(domain), SubgraphConsentReceipts(domain)
        collector = Collector(catalog, log, clock, receipts, consents, quota, quarantine)
        customers = FoundCustomers(catalog, SubgraphCustomers(domain), lookups)
        subscription = watching.subscription
        return collect_subgraph(
            catalog, collector, items, letters, customers, subscription, skew_ms
        )

    collect = LiveCollecting(collecting, catalog)

    async def take(changed: Catalog) -> None:
        await followers.take(changed)
        collect.take(changed)

    routes[SUBGRAPH] = InProcessTransport({SUBGRAPH: handler(collect, collecting_caller)})
    sources: dict[str, SdlSource] = {name: RemoteSdl(name, remote) for name in subgraphs.remote}
    sources |= {name: LocalSdl(one.sdl) for name, one in subgraphs.local.items()}
    sources[SUBGRAPH] = LocalSdl(collect.sdl)
    probes: dict[str, Probe] = {name: CallProbe(one.ready) for name, one in subgraphs.local.items()}
    probes |= {name: HttpProbe(_readyz(one.url)) for name, one in subgraphs.remote.items()}
    streams = InProcessStreams({SUBGRAPH: event_source(collect)})
    names, live = Vocabulary(catalog), LiveCatalog(catalog, catalog_file)
    parts = _Parts(
        settings,
        log,
        clock,
        instance_key,
        names,
        tracer,
        lookups,
        live,
        take,
        followers,
        fed,
        probes,
        subgraphs.troubles,
        entrusted=ITEMS,
    )
    transports = Transports(RoutingTransport(routes), streams)
    return parts.gateway(
        lambda _: transports,
        faults.own,
        lambda use: SupergraphKeeper(sources, settings.last_good, use),
        [watching.close, remote.close],
        watching.close,
    )


def _cursor_keys(instance_key: bytes) -> SubgraphKeys:
    """Keys of the gateway's own cursors: all its replicas hold the instance's key."""
    return SubgraphKeys(SUBGRAPH, {SUBGRAPH: instance_key})


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
    clock, lookups = (
        LogClock(log, settings.clock_behind_s),
        LookupQuota(settings.lookups_per_minute),
    )
    parts = _Parts(settings, log, clock, instance_key, Vocabulary(None), tracer, lookups, fed=fed)
    http = HttpTransports(HttpSettings(max_reply_bytes=settings.answer_bytes))

    def transports_of(one: Supergraph) -> Transports:
        transport, streams = http.to(one)
        return Transports(resilient(transport, settings), streams)

    return parts.gateway(
        transports_of,
        faults.masked,
        lambda use: FileKeeper(supergraph, use),
        [http.close],
        _no_farewell,
    )


async def _no_farewell() -> None:
    """Events of anyone's subgraphs are cut off once the server has waited for their end."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What every gateway has, whatever its subgraphs."""

    settings: GatewaySettings
    log: EventLog
    clock: LogClock
    instance_key: bytes
    names: Vocabulary
    tracer: Tracer
    lookups: LookupQuota
    catalog: LiveCatalog | None = None
    take: Callable[[Catalog], Awaitable[None]] = NOBODY.take
    followers: Followers = NOBODY
    fed: Sequence[Projection] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict[str, Probe])
    troubles: Troubles = no_troubles
    entrusted: Sequence[str] = ()

    def gateway(
        self,
        transports_of: Callable[[Supergraph], Transports],
        report: Report,
        keeper_for: Callable[[Use], Keeper],
        closing: Sequence[Close],
        farewell: Close,
    ) -> Gateway:
        """A gateway over the supergraphs that a keeper hands it."""
        documents = KnownDocuments(self.settings.documents, self.settings.automatic_documents)
        written = ClientText(_derived(self.instance_key, "client text"), documents.is_registered)
        subject_key = _derived(self.instance_key, "subjects")
        audit_trail = AuditTrail(self.log, self.clock, subject_key, written)
        accounts = Accounts(_terms(self.settings))
        bodies = BodyLimits(self.settings.max_read_body_bytes, self.settings.max_body_bytes)
        pressure = Backpressure(self.log, self.settings.lag_limit)
        pipeline = Pipeline(
            documents, audit_trail, self.tracer, accounts, self.lookups, bodies, pressure
        )
        policies = _policies(self.settings, self.names, self.log)
        build_graph = self._builder(policies.store, transports_of, report)
        keeper = keeper_for(Renewal(pipeline, build_graph).take)
        verifier = TokenVerifier(issuers_of(self.settings), revoked=self.settings.revoked_file)
        explorer = None if self.settings.mode == "production" else Explorer()
        door = Door(verifier, accounts, Strangers(self.settings.unauthenticated_per_s))
        origins = read_origins(self.settings.cors_origins)
        route = CrossOrigin(GraphQLRoute(pipeline, door, explorer), origins)
        messages = WebSocketSettings(max_message_bytes=self.settings.max_read_body_bytes)
        sockets = CrossOrigin(GraphQLSockets(pipeline, door, messages), origins)
        stopped = StoppedWorkers()
        readiness = Readiness(
            keeper,
            self.log,
            {
                **self.probes,
                "policy": CallProbe(policies.answers),
                "issuers": CallProbe(verifier.confirmed),
            },
            stopped,
            partial(self._catalog_told, pipeline),
            self.troubles,
        )
        app = gateway_app(
            route,
            sockets,
            readiness,
            Lags(self.log, {one.consumer_group: one.topics for one in self.fed}),
            [
                verifier,
                *self._kept_catalog(pipeline, policies.store, keeper),
                *policies.kept,
                *([documents] if self.settings.documents else []),
                keeper,
            ],
            [*closing, *policies.closing],
        )

        async def introduce() -> None:
            await self.clock.take_up()
            await policies.introduce()

        return Gateway(app, pipeline, keeper, farewell, stopped, readiness, introduce)

    def _kinds(self) -> ValueKinds:
        return NO_CATALOG if self.catalog is None else kinds_of(self.catalog.in_force)

    def _declared(self) -> Coordinates:
        return _UNDECLARED if self.catalog is None else self.catalog.declared

    def _catalog_told(self, pipeline: Pipeline) -> Mapping[str, Any]:
        """How the catalog in its file, and what services say of it, differ from what holds."""
        told: dict[str, Any] = {}
        if work := self.followers.told():
            told["work"] = work
        if self.catalog is not None and self.catalog.refused is not None:
            told["refused"] = True
            told["code"] = self.catalog.refused.code
        if pipeline.graph is not None and (differing := pipeline.graph.tables.differing):
            told["differs"] = differing[:_TOLD_MOST]
        return told

    def _kept_catalog(
        self, pipeline: Pipeline, store: PolicyStore, keeper: Keeper
    ) -> Sequence[Kept]:
        """The catalog, which holds only once policy knows its tags for the graph in use."""
        live = self.catalog
        if live is None:
            return ()

        def agree(declared: Coordinates) -> None:
            if pipeline.graph is not None:
                tables = pipeline.graph.tables
                self.names.use(tables.with_declared(declared), tables.unasked, store.current)

        def allow(catalog: Catalog) -> None:
            if pipeline.graph is not None:
                served = pipeline.graph.tables.coordinates
                coordinates = after_change(served, live.in_force, catalog)
                purposes, unasked = frozenset(catalog.purposes), pipeline.graph.tables.unasked
                known = Known(coordinates, purposes, unasked)
                refuse_unknown(store.current(), known)

        async def changed(catalog: Catalog) -> None:
            await self.take(catalog)
            self.names.take(catalog)
            await keeper.renew()

        live.agree, live.allow, live.changed = agree, allow, changed
        return (live,)

    def _builder(
        self, store: PolicyStore, transports_of: Callable[[Supergraph], Transports], report: Report
    ) -> Callable[[str], Graph]:
        key = _derived(self.instance_key, "masks")
        answers, limits = _answers(self.settings), _limits(self.settings)
        settings = replace(_ENGINE, report=report, limits=limits, answers=answers)

        # One that policy refuses is tried again every second.
        read = lru_cache(maxsize=1)(partial(read_supergraph, entrusted=self.entrusted))

        def build_graph(sdl: str) -> Graph:
            supergraph = read(sdl)
            masks = Masks(self._kinds(), key)
            tables = PolicyTables(store, supergraph, masks, self._declared)
            # Before the engine, which takes longest to make: a denial may be about nothing here.
            known = self.names.beside(tables.coordinates, tables.unasked)
            refuse_unknown(store.current(), known)
            transports = transports_of(supergraph)
            subjects = SubjectsOf(supergraph, _SUBJECT_TYPE, _SUBJECT_ID)
            traced = SubjectTracing(_traced(transports.transport, self.tracer), subjects)
            streams = SubjectTracingStreams(transports.streams, subjects)
            graph = Graph(Engine(supergraph, traced, settings, streams), tables)
            self.names.use(tables.coordinates, tables.unasked, store.current)
            return graph

        return build_graph


def _terms(settings: GatewaySettings) -> Terms:
    return Terms(
        requests_per_s=settings.principal_requests_per_s,
        bytes_per_s=settings.principal_bytes_per_s,
        concurrent=settings.principal_concurrent,
        queue=settings.principal_queue,
        wait_s=settings.principal_wait_s,
        subscriptions=settings.subscriptions_per_principal,
    )


def _answers(settings: GatewaySettings) -> AnswerLimits:
    return AnswerLimits(settings.answer_objects, settings.answer_bytes, settings.query_seconds)


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        characters=20_000,
        tokens=settings.query_tokens,
        depth=settings.query_depth,
        aliases=settings.query_aliases,
        directives=50,
        selections=2_000,
        repeats=100,
        assumed_list_size=DEFAULT_PAGE,
        type_cost=settings.query_cost,
        reads=InputLimits(
            nodes=settings.query_variable_nodes,
            characters=settings.max_read_body_bytes,
            depth=_INPUT_DEPTH,
            items=settings.query_list_items,
            conditions=settings.query_conditions,
        ),
        writes=replace(Limits().writes, nodes=settings.mutation_variable_nodes),
    )


def _traced(transport: SubgraphTransport, tracer: Tracer) -> SubgraphTransport:
    """Without telemetry, requests are not wrapped at all."""
    return transport if tracer is NO_TRACER else TracedTransport(transport, tracer)


async def _nothing_to_introduce() -> None:
    """Files in the data directory are the instance's."""


@dataclass(frozen=True, slots=True)
class _Policies:
    """A policy store, and what the application has to do for it."""

    store: PolicyStore
    kept: Sequence[Kept] = ()
    closing: Sequence[Close] = ()
    introduce: Close = _nothing_to_introduce

    async def answers(self) -> bool:
        return self.store.answers()


def _policies(settings: GatewaySettings, names: Vocabulary, log: EventLog) -> _Policies:
    refuse_rival_distribution()
    if settings.policy_store is not None:
        return _policies_in_mongodb(settings, settings.policy_store, names, log)
    if settings.policy is None:
        copy_default_policy(settings.policy_directory)
    versions = VersionFiles(settings.policy_versions)
    store = FilePolicyStore(settings.policy_directory, versions, names.known)
    return _Policies(store, [store])


def _policies_in_mongodb(
    settings: GatewaySettings, url: str, names: Vocabulary, log: EventLog
) -> _Policies:
    # The driver takes half a second to import, and only this needs it.
    from c360_policy.store.mongodb import MongoPolicyStore  # noqa: PLC0415

    seed = policy_text(settings.policy_directory)

    async def origin() -> Origin:
        return (await log.identity()).origin

    age_s = settings.policy_max_age_s
    store = MongoPolicyStore(url, seed, age_s, known=names.known, origin=origin)
    return _Policies(store, [store], [store.close], store.refuse_foreign)


def _readyz(graphql_url: str) -> str:
    return f"{graphql_url.rpartition('/')[0]}/readyz"


def _derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses of the instance key can be compared."""
    return hmac.digest(key, f"c360-gateway:{purpose}".encode(), hashlib.sha256)
