"""Puts the account service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    PROFILES,
)
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.sqlite_url import only_sqlite
from c360_kernel.subgraph.subgraph import Subgraph

from c360_account.domain.basis import basis_of
from c360_account.domain.roll_ups import RollUpRules
from c360_account.emission import restate
from c360_account.graph import account_subgraphs
from c360_account.handlers.catalog_change import adopt
from c360_account.handlers.handler import AccountHandler
from c360_account.settings import AccountSettings
from c360_account.store.sqlite import SqliteAccountStore

NAME = "account"
_PURPOSE = b"c360-account:account-ids"


def build(settings: AccountSettings, catalog: Catalog, instance_key: bytes) -> DerivingService:
    """The service for a catalog.

    Account ids are made under `instance_key`, a secret that must never change.
    Raises `SettingsError` for a store that no adapter knows.
    """
    path, account_id = _path_of(settings), account_ids(instance_key)
    graphs = partial(account_subgraphs, catalog)

    def open_store() -> SqliteAccountStore:
        return SqliteAccountStore(path, account_id)

    def open_graph() -> Subgraph:
        store = open_store()
        graph = graphs()(store)
        graph.close = store.close
        return graph

    basis = basis_of(catalog)
    return DerivingService(
        name=NAME,
        topics=(ACCOUNTS, LINKS, IDENTITIES, *_counted(catalog)),
        derived=ACCOUNT_IDENTITIES,
        restate=restate,
        open_store=open_store,
        handler=AccountHandler(catalog, account_id),
        open_graph=open_graph,
        prepare=partial(adopt, basis=basis),
        basis=basis,
        is_current=partial(is_current, basis=basis),
        progress=Progress(NAME),
    )


def account_ids(instance_key: bytes) -> CustomerIds:
    """Ids under a key of their own, so that no other use of the secret can be compared."""
    return customer_ids(hmac.digest(instance_key, _PURPOSE, hashlib.sha256))


def _counted(catalog: Catalog) -> Iterator[str]:
    """Events and profiles are read only where something is computed of them."""
    rules = RollUpRules(catalog)
    if rules.properties:
        yield EVENTS
    if rules.traits:
        yield PROFILES


def _path_of(settings: AccountSettings) -> Path:
    default, why = settings.data / f"{NAME}.db", ": accounts have the embedded store alone"
    return only_sqlite(settings.account_store, default, "C360_ACCOUNT_STORE", why)
