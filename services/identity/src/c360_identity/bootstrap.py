"""Puts the identity service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from functools import partial
from typing import TYPE_CHECKING

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import normalizers_of
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.topics import DECISIONS, EVENTS, IDENTITIES, PROFILES, RECORDS
from c360_kernel.outage import address_of
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.openers import Openers, ServerKind, openers_of
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.subgraph.subgraph import Subgraph

from c360_identity.domain.basis import basis_of
from c360_identity.emission import restate
from c360_identity.graph import identity_subgraphs
from c360_identity.graph.directory import CustomerLookup
from c360_identity.handlers.catalog_change import adopt
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.large import LargeCustomers, LargeCustomersWatch
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.settings import IdentitySettings
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore

if TYPE_CHECKING:
    from c360_identity.handlers.matching import Matching

NAME = "identity"
_NEO4J = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")
_NEO4J_FORM = "neo4j://user:password@host:7687"
_FOLLOWERS = ("profile",)
"""Who reads what identity says: very much of it at once goes as they keep up."""
_PURPOSE = b"c360-identity:customer-ids"


def build(settings: IdentitySettings, catalog: Catalog, instance_key: bytes) -> DerivingService:
    """The service for a catalog.

    Customer ids are made under `instance_key`, a secret that must never change.
    Raises `SettingsError` for a store that no adapter knows.
    """
    customer_id = customer_ids(id_key(instance_key))
    openers = _openers(settings, customer_id)
    normalizers = normalizers_of(catalog)
    graphs = partial(identity_subgraphs, catalog)
    rules, matching = Rules.of(catalog.identifiers), _matching(settings, catalog)
    scores = matching.scores(catalog) if matching else None

    def open_graph() -> Subgraph:
        store = openers.store()
        directory = CustomerLookup(store, catalog, normalizers, customer_id, store, scores)
        graph = graphs()(store, directory)
        graph.close = store.close
        return graph

    large = LargeCustomers(customer_id)
    solves = LargeSolves(rules, customer_id, large, matching)
    basis = basis_of(catalog, matching.model.digest if matching else "")
    compared = matching.model.traits if matching else ()
    return DerivingService(
        name=NAME,
        topics=_topics(catalog),
        derived=IDENTITIES,
        restate=restate,
        open_store=openers.store,
        handler=IdentityHandler(
            Intake(catalog, normalizers, compared),
            rules,
            customer_id,
            RuleValueReader(catalog),
            matching,
            large,
            solves,
        ),
        steps=solves.over,
        open_graph=open_graph,
        open_aside=openers.aside,
        is_embedded=openers.is_embedded,
        followers=_FOLLOWERS,
        address=address_of(settings.identity_store),
        upkeep=LargeCustomersWatch(openers.store, large).run,
        prepare=partial(adopt, basis=basis),
        basis=basis,
        is_current=partial(is_current, basis=basis),
        progress=Progress(NAME),
    )


def _matching(settings: IdentitySettings, catalog: Catalog) -> Matching | None:
    """Raises `SettingsError` (MODEL_INVALID)."""
    if not settings.compares:
        return None
    # What counts distances is of no use to who does without.
    from c360_identity.domain.matching.model_file import model_of  # noqa: PLC0415
    from c360_identity.handlers.matching import Matching  # noqa: PLC0415

    return Matching(model_of(settings.identity_model, catalog))


def _topics(catalog: Catalog) -> tuple[str, ...]:
    """Where no trait is marked for row rules, what profile tells is of no use."""
    evidence = (RECORDS, EVENTS, DECISIONS)
    return (*evidence, PROFILES) if catalog.row_traits else evidence


def id_key(instance_key: bytes) -> bytes:
    """The key of customer ids: its own, so that no other use of the secret can be compared."""
    return hmac.digest(instance_key, _PURPOSE, hashlib.sha256)


def _openers(settings: IdentitySettings, customer_id: CustomerIds) -> Openers[IdentityStore]:
    def on_neo4j(url: str) -> Openers[IdentityStore]:
        from c360_identity.store import neo4j  # noqa: PLC0415 - optional

        address = neo4j.parse_address(url)
        return Openers(
            partial(neo4j.open_store, address, customer_id),
            partial(neo4j.open_aside, address, customer_id),
        )

    return openers_of(
        settings.identity_store,
        "C360_IDENTITY_STORE",
        settings.data / f"{NAME}.db",
        lambda path: SqliteIdentityStore(path, customer_id),
        ServerKind("Neo4j", _NEO4J, _NEO4J_FORM, "c360-identity[neo4j]", on_neo4j),
    )
