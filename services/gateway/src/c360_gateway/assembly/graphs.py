"""A supergraph made ready to be asked: its engine, and the tables of policy over it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from c360_federation.engine import Engine
from c360_federation.supergraph import read_supergraph
from c360_policy.mask.apply import Masks
from c360_policy.reading.names import refuse_unknown
from c360_policy.store.port import PolicyStore

from c360_gateway.assembly.base import Base
from c360_gateway.assembly.catalog import CatalogParts
from c360_gateway.assembly.domain import Domain, traced
from c360_gateway.assembly.keys import derived, mask_tokens
from c360_gateway.assembly.limits import engine_settings
from c360_gateway.audit.subjects import SubjectsOf, SubjectTracing, SubjectTracingStreams
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.prepared_operation import Graph
from c360_gateway.transport.consent_states import SubgraphConsentStates
from c360_gateway.transport.consents import ConsentGate
from c360_gateway.transport.published_consents import LoggedConsentStates, PublishedConsents

_SUBJECT_TYPE = "Customer"
_SUBJECT_ID = "id"
_ABOUT_SUBJECTS = {
    "AccountLink": "person.id",
    "IdentityExplanation": "customerIds",
    "IdentityReview": "customerIds",
    "MembershipReason": "customerId",
    "PastCustomer": "id",
}


def graph_builder(
    base: Base, catalog: CatalogParts, store: PolicyStore, domain: Domain
) -> Callable[[str], Graph]:
    """Makes graphs of supergraphs. Raises `PolicyInvalid` where policy denies what none has."""
    key = derived(base.instance_key, "masks")
    tokens = mask_tokens(base.settings, base.instance_key)
    settings = engine_settings(base.settings, domain.report)
    published = PublishedConsents(base.log)

    # One that policy refuses is tried again every second.
    read = lru_cache(maxsize=1)(partial(read_supergraph, entrusted=domain.entrusted))

    def build_graph(sdl: str) -> Graph:
        supergraph = read(sdl)
        masks = Masks(catalog.kinds(), key, tokens)
        tables = PolicyTables(store, supergraph, masks, catalog.declared)
        # Before the engine, which takes longest to make: a denial may be about nothing here.
        known = catalog.names.beside(tables.coordinates, tables.inapplicable)
        refuse_unknown(store.current(), known)
        transports = domain.transports_of(supergraph)
        subjects = SubjectsOf(supergraph, _SUBJECT_TYPE, _SUBJECT_ID, _ABOUT_SUBJECTS)
        states = LoggedConsentStates(published, SubgraphConsentStates(transports.transport))
        asked = traced(transports.transport, base.tracer)
        noted = SubjectTracing(asked, subjects, ConsentGate(supergraph, states))
        streams = SubjectTracingStreams(transports.streams, subjects)
        graph = Graph(Engine(supergraph, noted, settings, streams), tables)
        catalog.names.use(tables.coordinates, tables.inapplicable, store.current)
        return graph

    return build_graph
