"""Puts the account service together: the one place that knows which adapters exist."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import partial

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    PROFILES,
    TICKS,
)
from c360_kernel.mongodb_url import FORM, SCHEMES
from c360_kernel.outage import address_of
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.openers import Openers, ServerKind, openers_of
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.projection.worker import BATCH
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
# A batch costs a server a few round trips, however much is in it.
_SERVER_BATCH = 2_000


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
        topics=(ACCOUNTS, LINKS, IDENTITIES, *_counted(catalog), *_timed(catalog)),
        derived=ACCOUNT_IDENTITIES,
        restate=restate,
        open_store=openers.store,
        handler=AccountHandler(catalog, account_id),
        open_graph=open_graph,
        open_aside=openers.aside,
        is_embedded=openers.is_embedded,
        address=address_of(settings.account_store),
        prepare=partial(adopt, basis=basis),
        batch=BATCH if openers.is_embedded else _SERVER_BATCH,
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


def _timed(catalog: Catalog) -> tuple[str, ...]:
    """Time is read only where something runs out of what is told."""
    return (TICKS,) if catalog.accounts.live else ()


def _openers(settings: AccountSettings, account_id: CustomerIds) -> Openers[AccountStore]:
    def on_mongodb(url: str) -> Openers[AccountStore]:
        from c360_account.store.mongodb import connection, store  # noqa: PLC0415 - optional

        connection.check_url(url)
        return Openers(
            partial(store.open_store, url, account_id), partial(store.open_aside, url, account_id)
        )

    return openers_of(
        settings.account_store,
        "C360_ACCOUNT_STORE",
        settings.data / f"{NAME}.db",
        lambda path: SqliteAccountStore(path, account_id),
        ServerKind("MongoDB", SCHEMES, FORM, "c360-account[mongodb]", on_mongodb),
    )
