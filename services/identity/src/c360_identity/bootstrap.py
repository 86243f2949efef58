"""Puts the identity service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.errors import SettingsError
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.topics import DECISIONS, EVENTS, IDENTITIES, PROFILES, RECORDS
from c360_kernel.outage import address_of
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.port import AsideStore
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.sqlite_url import SQLITE, sqlite_path
from c360_kernel.subgraph.subgraph import Subgraph

from c360_identity.domain.basis import basis_of
from c360_identity.emission import restate
from c360_identity.graph import identity_subgraphs
from c360_identity.graph.directory import CustomerLookup
from c360_identity.handlers.catalog_change import adopt
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.settings import IdentitySettings
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore

if TYPE_CHECKING:
    from c360_identity.handlers.matching import Matching

NAME = "identity"
_NEO4J = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")
_FOLLOWERS = ("profile",)
"""Who reads what identity says: very much of it at once goes as they keep up."""
_PURPOSE = b"c360-identity:customer-ids"


class _Openers(NamedTuple):
    """How the store that the settings name is opened, and one in the making beside it."""

    store: Callable[[], IdentityStore]
    aside: Callable[[], AsideStore] | None = None


def build(settings: IdentitySettings, catalog: Catalog, instance_key: bytes) -> DerivingService:
    """The service for a catalog.

    Customer ids are made under `instance_key`, a secret that must never change.
    Raises `SettingsError` for a store that no adapter knows.
    """
    customer_id = customer_ids(id_key(instance_key))
    open_store, open_aside = _openers(settings, customer_id)
    normalizers = Normalizers(catalog)
    graphs = partial(identity_subgraphs, catalog)
    rules, matching = Rules.of(catalog.identifiers), _matching(settings, catalog)
    scores = matching.scores(catalog) if matching else None

    def open_graph() -> Subgraph:
        store = open_store()
        directory = CustomerLookup(store, catalog, normalizers, customer_id, store, scores)
        graph = graphs()(store, directory)
        graph.close = store.close
        return graph

    basis = basis_of(catalog, matching.model.digest if matching else "")
    compared = matching.model.traits if matching else ()
    return DerivingService(
        name=NAME,
        topics=_topics(catalog),
        derived=IDENTITIES,
        restate=restate,
        open_store=open_store,
        handler=IdentityHandler(
            Intake(catalog, normalizers, compared),
            rules,
            customer_id,
            RuleValueReader(catalog),
            matching,
        ),
        open_graph=open_graph,
        open_aside=open_aside,
        is_embedded=open_aside is None,
        followers=_FOLLOWERS,
        address=address_of(settings.identity_store),
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


def _openers(settings: IdentitySettings, customer_id: CustomerIds) -> _Openers:
    url = settings.identity_store
    if url is None:
        return _Openers(partial(SqliteIdentityStore, settings.data / f"{NAME}.db", customer_id))
    if (path := sqlite_path(url, "C360_IDENTITY_STORE")) is not None:
        return _Openers(partial(SqliteIdentityStore, path, customer_id))
    if url.startswith(_NEO4J):
        return _neo4j_openers(url, customer_id)
    raise SettingsError(
        f"C360_IDENTITY_STORE must be {SQLITE}PATH or neo4j://user:password@host:7687",
        code="STORE_UNKNOWN",
    )


def _neo4j_openers(url: str, customer_id: CustomerIds) -> _Openers:
    try:
        from c360_identity.store import neo4j  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SettingsError(
            "C360_IDENTITY_STORE is Neo4j: install c360-identity[neo4j]", code="EXTRA_MISSING"
        ) from error
    address = neo4j.parse_address(url)
    return _Openers(
        partial(neo4j.open_store, address, customer_id),
        partial(neo4j.open_aside, address, customer_id),
    )
