"""Puts the profile service together: the one place that knows which adapters exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError
from c360_kernel.groups import DisclosedGroups
from c360_kernel.log.topics import (
    CONSENTS,
    EVENTS,
    IDENTITIES,
    OBJECTS,
    PROFILES,
    RECORDS,
    TAGS,
    TICKS,
)
from c360_kernel.outage import address_of
from c360_kernel.projection.port import AsideStore
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.sqlite_url import SQLITE, sqlite_path
from c360_kernel.subgraph.subgraph import Subgraph

from c360_profile.domain.basis import basis_of
from c360_profile.domain.golden import GoldenRules
from c360_profile.emission import restate
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.settings import ProfileSettings
from c360_profile.store.port import ProfileStore
from c360_profile.store.sqlite import SqliteProfileStore

NAME = "profile"
# A customer is folded and saved once for all that a batch says of it; a server is slow to save.
_EMBEDDED_BATCH, _SERVER_BATCH = 2_000, 4_000
_MONGODB = ("mongodb://", "mongodb+srv://")


class _Openers(NamedTuple):
    """How the store that the settings name is opened, and one in the making beside it."""

    store: Callable[[], ProfileStore]
    aside: Callable[[], AsideStore] | None = None
    batch: int = _EMBEDDED_BATCH


def build(settings: ProfileSettings, catalog: Catalog, sealer: CursorSealer) -> DerivingService:
    """The service for a catalog. Raises `SettingsError` for a store that no adapter knows.

    All replicas need the same `sealer`: a page may go on at another one.
    """
    openers = _openers(settings)
    open_store, open_aside = openers.store, openers.aside
    rules = GoldenRules(catalog, Normalizers(catalog).normalize)
    handler, progress, groups = ProfileHandler(rules), Progress(NAME), DisclosedGroups()
    graphs = partial(profile_subgraphs, rules, sealer, groups)

    def open_graph() -> Subgraph:
        store = open_store()
        graph = graphs()(store)
        stop_counting = graph.close

        async def close() -> None:
            await stop_counting()
            await store.close()

        graph.close = close
        return graph

    async def prepare(store: ProfileStore) -> None:
        await refold(store, handler, progress)

    return DerivingService(
        name=NAME,
        topics=(RECORDS, EVENTS, CONSENTS, TAGS, OBJECTS, IDENTITIES, TICKS),
        derived=PROFILES,
        restate=restate,
        open_store=open_store,
        handler=handler,
        open_graph=open_graph,
        open_aside=open_aside,
        is_embedded=open_aside is None,
        address=address_of(settings.profile_store),
        prepare=prepare,
        batch=openers.batch,
        basis=basis_of(catalog),
        progress=progress,
    )


def _openers(settings: ProfileSettings) -> _Openers:
    url = settings.profile_store
    if url is None:
        return _Openers(partial(SqliteProfileStore, settings.data / f"{NAME}.db"))
    if (path := sqlite_path(url, "C360_PROFILE_STORE")) is not None:
        return _Openers(partial(SqliteProfileStore, path))
    if url.startswith(_MONGODB):
        return _mongodb_openers(url)
    raise SettingsError(
        f"C360_PROFILE_STORE must be {SQLITE}PATH or mongodb://HOST/DATABASE",
        code="STORE_UNKNOWN",
    )


def _mongodb_openers(url: str) -> _Openers:
    try:
        from c360_profile.store.mongodb import connection, store  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SettingsError(
            "C360_PROFILE_STORE is MongoDB: install c360-profile[mongodb]", code="EXTRA_MISSING"
        ) from error
    connection.check_url(url)
    return _Openers(partial(store.open_store, url), partial(store.open_aside, url), _SERVER_BATCH)
