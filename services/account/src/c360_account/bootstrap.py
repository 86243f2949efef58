"""Puts the account service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    PROFILES,
)
from c360_kernel.outage import address_of
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.port import AsideStore
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.projection.worker import BATCH
from c360_kernel.sqlite_url import SQLITE, sqlite_path
from c360_kernel.subgraph.subgraph import Subgraph

from c360_account.domain.basis import basis_of
from c360_account.domain.roll_ups import RollUpRules
from c360_account.emission import restate
from c360_account.graph import account_subgraphs
from c360_account.handlers.catalog_change import adopt
from c360_account.handlers.handler import AccountHandler
from c360_account.settings import AccountSettings
from c360_account.store.port import AccountStore
from c360_account.store.sqlite import SqliteAccountStore

NAME = "account"
_PURPOSE = b"c360-account:account-ids"
_MONGODB = ("mongodb://", "mongodb+srv://")
# A batch costs a server a few round trips, however much is in it.
_SERVER_BATCH = 2_000


class _Openers(NamedTuple):
    """How the store that the settings name is opened, and one in the making beside it."""

    store: Callable[[], AccountStore]
    aside: Callable[[], AsideStore] | None = None
    batch: int = BATCH


def build(
    settings: AccountSettings, catalog: Catalog, instance_key: bytes, sealer: CursorSealer
) -> DerivingService:
    """The service for a catalog.

    Account ids are made under `instance_key`, a secret that must never change.
    Raises `SettingsError` for a store that no adapter knows.
    """
    account_id = account_ids(instance_key)
    openers = _openers(settings, account_id)
    graphs = partial(account_subgraphs, catalog, sealer)

    def open_graph() -> Subgraph:
        store = openers.store()
        graph = graphs()(store)
        graph.close = store.close
        return graph

    basis = basis_of(catalog)
    return DerivingService(
        name=NAME,
        topics=(ACCOUNTS, LINKS, IDENTITIES, *_counted(catalog)),
        derived=ACCOUNT_IDENTITIES,
        restate=restate,
        open_store=openers.store,
        handler=AccountHandler(catalog, account_id),
        open_graph=open_graph,
        open_aside=openers.aside,
        is_embedded=openers.aside is None,
        address=address_of(settings.account_store),
        prepare=partial(adopt, basis=basis),
        batch=openers.batch,
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


def _openers(settings: AccountSettings, account_id: CustomerIds) -> _Openers:
    url = settings.account_store
    if url is None:
        return _Openers(partial(SqliteAccountStore, settings.data / f"{NAME}.db", account_id))
    if (path := sqlite_path(url, "C360_ACCOUNT_STORE")) is not None:
        return _Openers(partial(SqliteAccountStore, path, account_id))
    if url.startswith(_MONGODB):
        return _mongodb_openers(url, account_id)
    raise SettingsError(
        f"C360_ACCOUNT_STORE must be {SQLITE}PATH or mongodb://HOST/DATABASE",
        code="STORE_UNKNOWN",
    )


def _mongodb_openers(url: str, account_id: CustomerIds) -> _Openers:
    try:
        from c360_account.store.mongodb import connection, store  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SettingsError(
            "C360_ACCOUNT_STORE is MongoDB: install c360-account[mongodb]", code="EXTRA_MISSING"
        ) from error
    connection.check_url(url)
    return _Openers(
        partial(store.open_store, url, account_id),
        partial(store.open_aside, url, account_id),
        _SERVER_BATCH,
    )
