"""The gateway itself, over whatever domain: pipeline, doors, readiness, application."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from c360_federation.http import WebSocketSettings
from c360_kernel.log.lag import Lags
from c360_kernel.stopped import StoppedWorkers
from starlette.applications import Starlette
from starlette.types import ASGIApp

from c360_gateway.app import Close, Closing, gateway_app
from c360_gateway.assembly.base import Base
from c360_gateway.assembly.catalog import CatalogParts
from c360_gateway.assembly.control import glass_seal
from c360_gateway.assembly.domain import Domain
from c360_gateway.assembly.doors import other_doors
from c360_gateway.assembly.graphs import graph_builder
from c360_gateway.assembly.in_use import in_use
from c360_gateway.assembly.keys import derived
from c360_gateway.assembly.limits import terms
from c360_gateway.assembly.policies import Policies, open_policies
from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.equal_acts import EqualActs
from c360_gateway.audit.refusals import Refusals
from c360_gateway.audit.schema_keeping import SchemaKeeping
from c360_gateway.audit.trail import AuditTrail
from c360_gateway.auth.configured import issuers_of
from c360_gateway.auth.connectors.file import ConnectorKeys
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.budget.accounts import Accounts, Strangers
from c360_gateway.budget.bucket import Bucket
from c360_gateway.budget.door import Door
from c360_gateway.budget.volume import ENUMERATION_LIMITED, Volumes
from c360_gateway.http.explorer import Explorer
from c360_gateway.http.origins import CrossOrigin, read_origins, told_apart
from c360_gateway.http.route import GraphQLRoute
from c360_gateway.http.sockets import GraphQLSockets
from c360_gateway.log_health import LogHealth
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.bodies import BodyLimits
from c360_gateway.query.decided_operation import DecidedOperations
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.justification import JustificationCheck
from c360_gateway.query.lookup_budgets import LookupBudgets
from c360_gateway.query.pipeline import Pipeline
from c360_gateway.query.supergraph_swap import SupergraphSwap
from c360_gateway.query.volume_budget import VolumeBudget
from c360_gateway.readiness import CallProbe, Readiness
from c360_gateway.supergraph.source import SupergraphSource

# Beyond, refusals are on record some seconds later, and equal ones together.
_SINGLE_PER_S = 5.0
_SINGLE_BURST = 50.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway ready to be served; the app's lifespan starts and stops it.

    Whoever serves it calls `drain` before waiting for the last answers: subscriptions end by
    themselves only when their tokens do. Workers of the same process that stop are told to
    `stopped`, for `/readyz`. `introduce` raises `SettingsError` (STORE_FOREIGN) for stores
    of another instance that are not fed, and (CLOCK_BEHIND) for a clock far behind the log. Whoever
    has one that may never be served calls `close` in the end; the app's lifespan does the same.
    """

    app: Starlette
    pipeline: Pipeline
    supergraph_source: SupergraphSource
    drain: Close
    stopped: StoppedWorkers
    readiness: Readiness
    introduce: Close
    close: Close


def gateway_over(base: Base, catalog: CatalogParts, domain: Domain) -> Gateway:
    """A gateway over the supergraphs that a domain hands it."""
    settings = base.settings
    documents = KnownDocuments(settings.documents, settings.automatic_documents)
    accounts = Accounts(terms(settings))
    equal = EqualActs(base.writer, Bucket(_SINGLE_PER_S, _SINGLE_BURST))
    written = ClientText(derived(base.instance_key, "client text"), documents.is_registered)
    refusals = Refusals(equal, written)
    decisions = DecidedOperations(written)
    pipeline = _pipeline(base, documents, accounts, decisions, refusals)
    policies = open_policies(settings, catalog.names, base.log)
    builder = graph_builder(base, catalog, policies.store, domain)
    supergraph_source = domain.source_for(SupergraphSwap(pipeline, builder).take)
    connectors = ConnectorKeys(settings.connector_keys_file)
    issuers = issuers_of(settings)
    verifier = TokenVerifier(issuers, revoked=settings.revoked_file, connectors=connectors)
    door = Door(verifier, accounts, Strangers(settings.unauthenticated_per_s), refusals)
    route, sockets = _doors(base, pipeline, door)
    stopped = StoppedWorkers()
    probes = {
        **domain.probes,
        "policy": CallProbe(policies.answers),
        "issuers": CallProbe(verifier.confirmed),
    }
    state = partial(catalog.state, pipeline)
    readiness = Readiness(
        supergraph_source, LogHealth(base.log), probes, stopped, state, domain.troubles
    )
    served = SchemaKeeping(lambda: pipeline.graph and pipeline.graph.tables, policies.schemas)
    refreshed = [
        verifier,
        *catalog.refreshed(pipeline, policies.store, supergraph_source),
        *policies.refreshed,
        *([documents] if settings.documents else []),
        supergraph_source,
        served,
        equal,
        base.names,
        in_use(base, policies, catalog, served, verifier),
    ]
    lags = Lags(base.log, {one.consumer_group: one.topics for one in base.fed})
    closing = Closing([equal.close, *domain.closing, *policies.closing])
    app = gateway_app(
        route,
        sockets,
        readiness,
        lags,
        refreshed,
        closing.close,
        other_doors(base, domain, pipeline, door, connectors),
    )
    introduce = partial(_introduce, base, policies)
    return Gateway(
        app,
        pipeline,
        supergraph_source,
        domain.drain,
        stopped,
        readiness,
        introduce,
        closing.close,
    )


def _pipeline(
    base: Base,
    documents: KnownDocuments,
    accounts: Accounts,
    decisions: DecidedOperations,
    refusals: Refusals,
) -> Pipeline:
    settings = base.settings
    bodies = BodyLimits(settings.max_read_body_bytes, settings.max_body_bytes)
    trail = AuditTrail(base.log, base.clock, base.names, VolumeBudget(Volumes()))
    pressure = Backpressure(base.log, settings.lag_limit)
    justifications = JustificationCheck(glass_seal(base.instance_key))
    return Pipeline(
        documents,
        trail,
        refusals,
        base.tracer,
        accounts,
        LookupBudgets(base.lookups, Volumes(code=ENUMERATION_LIMITED)),
        bodies,
        pressure,
        justifications,
        decisions,
    )


def _doors(base: Base, pipeline: Pipeline, door: Door) -> tuple[ASGIApp, ASGIApp]:
    settings = base.settings
    origins = read_origins(settings.cors_origins)
    explorer = None if settings.mode == "production" else Explorer()
    messages = WebSocketSettings(max_message_bytes=settings.max_read_body_bytes)
    return (
        told_apart(GraphQLRoute(pipeline, door, explorer), origins),
        CrossOrigin(GraphQLSockets(pipeline, door, messages), origins),
    )


async def _introduce(base: Base, policies: Policies) -> None:
    await base.clock.take_up()
    await policies.introduce()
