"""Puts the profile service together: the one place that knows which adapters exist."""

from __future__ import annotations

from functools import partial

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import normalizers_of
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    CONSENTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    OBJECTS,
    PROFILES,
    QUALITY,
    RECORDS,
    TAGS,
    TICKS,
)
from c360_kernel.mongodb_url import FORM, SCHEMES
from c360_kernel.outage import address_of
from c360_kernel.projection.openers import Openers, ServerKind, openers_of
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.signing import SigningKeys
from c360_kernel.subgraph.subgraph import Subgraph

from c360_profile.domain.basis import basis_of
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.scores.quintiles import NO_QUINTILES, Quintiles
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


def build(
    settings: ProfileSettings,
    catalog: Catalog,
    sealer: CursorSealer,
    signing: SigningKeys | None = None,
) -> DerivingService:
    """The service for a catalog. Raises `SettingsError` for a store that no adapter knows, or a
    model that is not understood (SCORE_MODEL_INVALID).

    All replicas need the same `sealer`: a page may go on at another one. Receipts are signed if
    there are keys for it.
    """
    openers = _openers(settings)
    quintiles = quintiles_in_use(settings)
    rules = GoldenRules(catalog, normalizers_of(catalog).normalize, quintiles)
    handler, progress, groups = ProfileHandler(rules), Progress(NAME), DisclosedGroups()
    graphs = partial(profile_subgraphs, rules, sealer, groups, signing)

    def open_graph() -> Subgraph:
        store = openers.store()
        graph = graphs()(store)
        graph.close = store.close
        return graph

    async def prepare(store: ProfileStore) -> None:
        await refold(store, handler, progress)

    return DerivingService(
        name=NAME,
        topics=(
            RECORDS,
            EVENTS,
            CONSENTS,
            TAGS,
            OBJECTS,
            IDENTITIES,
            TICKS,
            *_of_accounts(catalog),
        ),
        derived=PROFILES,
        restate=restate,
        beside={QUALITY: handler.counts.restate},
        open_store=openers.store,
        handler=handler,
        open_graph=open_graph,
        open_aside=openers.aside,
        is_embedded=openers.is_embedded,
        address=address_of(settings.profile_store),
        prepare=prepare,
        batch=_EMBEDDED_BATCH if openers.is_embedded else _SERVER_BATCH,
        basis=basis_of(catalog, quintiles),
        progress=progress,
    )


def quintiles_in_use(settings: ProfileSettings) -> Quintiles:
    """By what customers are ranked. Raises `SettingsError` (SCORE_MODEL_INVALID)."""
    if settings.profile_model is None:
        return NO_QUINTILES
    # Who ranks nobody reads no model.
    from c360_profile.domain.scores.model_file import load_model  # noqa: PLC0415

    return load_model(settings.profile_model).ranks_by


def _of_accounts(catalog: Catalog) -> tuple[str, ...]:
    """Without kinds of links nobody acts for an account, and nothing is asked of what these are."""
    if not catalog.accounts.kinds:
        return ()
    return LINKS, ACCOUNT_IDENTITIES, *((ACCOUNTS,) if catalog.accounts.traits else ())


def _openers(settings: ProfileSettings) -> Openers[ProfileStore]:
    def on_mongodb(url: str) -> Openers[ProfileStore]:
        from c360_profile.store.mongodb import connection, store  # noqa: PLC0415 - optional

        connection.check_url(url)
        return Openers(partial(store.open_store, url), partial(store.open_aside, url))

    return openers_of(
        settings.profile_store,
        "C360_PROFILE_STORE",
        settings.data / f"{NAME}.db",
        SqliteProfileStore,
        ServerKind("MongoDB", SCHEMES, FORM, "c360-profile[mongodb]", on_mongodb),
    )
