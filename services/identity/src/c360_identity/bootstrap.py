"""Puts the identity service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import DECISIONS, EVENTS, IDENTITIES, RECORDS
from c360_kernel.service import Service
from c360_kernel.subgraph.subgraph import Subgraph

from c360_identity.directory import Directory
from c360_identity.domain.customer_id import customer_ids
from c360_identity.domain.rules import Rules
from c360_identity.graph import identity_subgraph
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.settings import IdentitySettings
from c360_identity.store.sqlite import SqliteIdentityStore

NAME = "identity"
_SQLITE = "sqlite:///"
_PURPOSE = b"c360-identity:customer-ids"


def build(settings: IdentitySettings, catalog: Catalog, instance_key: bytes) -> Service:
    """The service for a catalog.

    Customer ids are made under `instance_key`, a secret that must never change.
    Raises `SettingsError` for a store that no adapter knows.
    """
    path = _path_of(settings)
    customer_id = customer_ids(id_key(instance_key))
    normalizers = Normalizers(catalog)

    def open_store() -> SqliteIdentityStore:
        return SqliteIdentityStore(path, customer_id)

    def open_graph() -> Subgraph:
        store = open_store()
        directory = Directory(store, catalog, normalizers, customer_id)
        return identity_subgraph(store, directory, catalog)

    rules = Rules.of(catalog.identifiers)
    return Service(
        name=NAME,
        topics=(RECORDS, EVENTS, DECISIONS),
        derived=IDENTITIES,
        open_store=open_store,
        handler=IdentityHandler(Intake(catalog, normalizers), rules, customer_id),
        open_graph=open_graph,
    )


def id_key(instance_key: bytes) -> bytes:
    """The key of customer ids: its own, so that no other use of the secret can be compared."""
    return hmac.digest(instance_key, _PURPOSE, hashlib.sha256)


def _path_of(settings: IdentitySettings) -> Path:
    url = settings.identity_store
    if url is None:
        return settings.data / f"{NAME}.db"
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise SettingsError(f"C360_IDENTITY_STORE must be {_SQLITE}PATH", code="STORE_UNKNOWN")
    return Path(url.removeprefix(_SQLITE))
