"""Puts the gateway together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from c360_federation.engine import Engine, EngineSettings
from c360_federation.execute.faults import Report
from c360_federation.execute.http_client import HttpTransport
from c360_federation.execute.transport import InProcessTransport, SubgraphTransport
from c360_federation.http import HttpAppSettings
from c360_federation.supergraph import read_supergraph
from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import SettingsError
from c360_kernel.log.port import EventLog
from c360_kernel.stamp import StampClock
from c360_kernel.telemetry import NoTracer, Tracer
from fastapi import FastAPI

from c360_gateway.app import Close, Readiness, gateway_app
from c360_gateway.audit.subjects import SubjectTracing
from c360_gateway.audit.trail import AuditTrail
from c360_gateway.auth.issuers import Issuer, OidcSettings, local_issuer, local_key, oidc_issuer
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.receipts import SubgraphReceipts
from c360_gateway.collect.schema import SUBGRAPH, collect_subgraph, collecting_caller
from c360_gateway.http.explorer import Explorer
from c360_gateway.http.route import GraphQLRoute
from c360_gateway.policy.casbin import refuse_rival_distribution
from c360_gateway.policy.store import FilePolicyStore, PolicyStore, copy_default_policy
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query import faults
from c360_gateway.query.limits import LimitCheck, Limits
from c360_gateway.query.pipeline import Graph, Pipeline
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph.keeper import SupergraphKeeper
from c360_gateway.supergraph.sdl import LocalSdl, RemoteSdl, SdlSource
from c360_gateway.transport.http import RemoteSubgraph, signed_http
from c360_gateway.transport.in_process import Executable, handler, in_process
from c360_gateway.transport.routing import RoutingTransport

_SUBJECT_TYPE = "Customer"
_SUBJECT_ID = "id"
# What a caller with a token can fill by sending ever new operations of the greatest size.
_KEPT = {"parsed_kept": 500, "compiled_kept": 1_000, "plans_kept": 500}


class LocalSubgraph(Executable, Protocol):
    """A subgraph of this process: what `c360_kernel.subgraph.subgraph.Subgraph` offers."""

    def sdl(self) -> str:
        """Its federation SDL."""
        ...


@dataclass(frozen=True, slots=True)
class Subgraphs:
    """The domain's subgraphs: called in this process, or reached over HTTP."""

    local: Mapping[str, LocalSubgraph] = field(default_factory=dict[str, LocalSubgraph])
    remote: Mapping[str, RemoteSubgraph] = field(default_factory=dict[str, RemoteSubgraph])


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway ready to be served; the app's lifespan starts and stops it."""

    app: FastAPI
    pipeline: Pipeline
    keeper: SupergraphKeeper


def build(
    settings: GatewaySettings,
    catalog: Catalog,
    log: EventLog,
    subgraphs: Subgraphs,
    instance_key: bytes,
    tracer: Tracer | None = None,
) -> Gateway:
    """The gateway over the project's own subgraphs.

    `instance_key` is a secret of at least 16 bytes: masks and audit names are made with it.
    Raises `SettingsError` when policy, keys or issuers cannot be used.
    """
    remote = signed_http(subgraphs.remote)
    routes: dict[str, SubgraphTransport] = dict.fromkeys(subgraphs.remote, remote)
    routes |= dict.fromkeys(subgraphs.local, in_process(subgraphs.local))
    clock = StampClock()
    collector = Collector(catalog, log, clock, SubgraphReceipts(RoutingTransport(routes)))
    collect = collect_subgraph(catalog, collector)
    routes[SUBGRAPH] = InProcessTransport({SUBGRAPH: handler(collect, collecting_caller)})
    sources: dict[str, SdlSource] = {name: RemoteSdl(name, remote) for name in subgraphs.remote}
    sources |= {name: LocalSdl(one.sdl) for name, one in subgraphs.local.items()}
    sources[SUBGRAPH] = LocalSdl(collect.sdl)
    parts = _Parts(settings, log, clock, instance_key, tracer or NoTracer())
    return parts.gateway(RoutingTransport(routes), faults.own, sources, [remote.close])


def build_before(
    settings: GatewaySettings,
    supergraph: str,
    log: EventLog,
    instance_key: bytes,
    tracer: Tracer | None = None,
) -> Gateway:
    """The gateway before anyone's subgraphs: policy, masks and audit over a given supergraph.

    Requests go to the URLs that the supergraph names, unsigned.
    """
    urls = {graph.name: graph.url for graph in read_supergraph(supergraph).graphs.values()}
    transport = HttpTransport(urls)
    parts = _Parts(settings, log, StampClock(), instance_key, tracer or NoTracer())
    gateway = parts.gateway(transport, faults.masked, {}, [transport.close])
    gateway.keeper.take(supergraph)
    return gateway


@dataclass(frozen=True, slots=True)
class _Parts:
    """What every gateway has, whatever its subgraphs."""

    settings: GatewaySettings
    log: EventLog
    clock: StampClock
    instance_key: bytes
    tracer: Tracer

    def gateway(
        self,
        transport: SubgraphTransport,
        report: Report,
        sources: Mapping[str, SdlSource],
        closing: Sequence[Close],
    ) -> Gateway:
        """A gateway whose supergraph is composed from what `sources` say."""
        pipeline = self._pipeline()
        use = self._user_of(pipeline, transport, report)
        last_good = self.settings.data / "gateway" / "supergraph.graphql"
        keeper = SupergraphKeeper(sources, last_good, use)
        route = GraphQLRoute(
            pipeline,
            TokenVerifier(_issuers(self.settings)),
            Explorer(),
            HttpAppSettings(self.settings.max_body_bytes),
        )
        app = gateway_app(route, Readiness(keeper, self.log), closing)
        return Gateway(app, pipeline, keeper)

    def _pipeline(self) -> Pipeline:
        limits = Limits(
            depth=self.settings.query_depth,
            tokens=self.settings.query_tokens,
            aliases=self.settings.query_aliases,
        )
        audit = AuditTrail(self.log, self.clock, _derived(self.instance_key, "subjects"))
        return Pipeline(LimitCheck(limits), audit, self.tracer)

    def _user_of(
        self, pipeline: Pipeline, transport: SubgraphTransport, report: Report
    ) -> Callable[[str], None]:
        store = _policy_store(self.settings)
        mask_key = _derived(self.instance_key, "masks")

        def use(sdl: str) -> None:
            supergraph = read_supergraph(sdl)
            traced = SubjectTracing(transport, supergraph, _SUBJECT_TYPE, _SUBJECT_ID)
            engine = Engine(supergraph, traced, EngineSettings(report=report, **_KEPT))
            pipeline.graph = Graph(engine, PolicyTables(store, supergraph, mask_key))

        return use


def _policy_store(settings: GatewaySettings) -> PolicyStore:
    refuse_rival_distribution()
    if settings.policy is None:
        copy_default_policy(settings.policy_directory)
    return FilePolicyStore(settings.policy_directory)


def _issuers(settings: GatewaySettings) -> list[Issuer]:
    issuers: list[Issuer] = []
    if settings.mode != "production":
        issuers.append(local_issuer(local_key(settings.issuer_key_file)))
    if settings.oidc_issuer is not None:
        if settings.oidc_jwks is None:
            raise SettingsError("C360_OIDC_ISSUER needs C360_OIDC_JWKS, a file with its keys")
        told = OidcSettings(settings.oidc_issuer, settings.oidc_jwks, settings.oidc_audience)
        issuers.append(oidc_issuer(told))
    if not issuers:
        raise SettingsError("production needs C360_OIDC_ISSUER: the local issuer is refused")
    return issuers


def _derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses of the instance key can be compared."""
    return hmac.digest(key, f"c360-gateway:{purpose}".encode(), hashlib.sha256)
