"""Puts the segment service together: the one place that knows which adapters exist."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.groups import DisclosedGroups
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    MEMBERSHIPS,
    OBJECTS,
    PROFILES,
    SEGMENTS,
    TICKS,
)
from c360_kernel.projection.basis import is_current
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import DerivingService
from c360_kernel.sqlite_url import only_sqlite
from c360_kernel.subgraph.subgraph import Subgraph

from c360_segment.domain.segments import compile_segments
from c360_segment.emission import restate
from c360_segment.graph import segment_subgraph
from c360_segment.handlers.catalog_change import adopt, basis_of, settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.settings import SegmentSettings
from c360_segment.store.clickhouse import ClickhouseColumns, server_of
from c360_segment.store.event_columns import EventColumns
from c360_segment.store.port import SegmentStore
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.store.sqlite.embedded_columns import EMBEDDED

NAME = "segment"


def build(settings: SegmentSettings, catalog: Catalog, sealer: CursorSealer) -> DerivingService:
    """The service for a catalog. Raises `SettingsError` for a store that no adapter knows.

    All replicas need the same `sealer`: a page may go on at another one.
    """
    path, columns = _path_of(settings), _columns_of(settings)
    segments, progress, groups = compile_segments(catalog), Progress(NAME), DisclosedGroups()

    def open_store() -> SqliteSegmentStore:
        return SqliteSegmentStore(path, columns)

    def open_graph() -> Subgraph:
        store = open_store()
        graph = segment_subgraph(store, segments, sealer, groups)
        graph.close = store.close
        return graph

    async def prepare(store: SegmentStore) -> None:
        await adopt(store, segments)
        await settle(store, segments, progress)

    return DerivingService(
        name=NAME,
        topics=(
            PROFILES,
            EVENTS,
            OBJECTS,
            IDENTITIES,
            TICKS,
            SEGMENTS,
            MEMBERSHIPS,
            *_of_accounts(catalog),
        ),
        derived=MEMBERSHIPS,
        restate=restate,
        open_store=open_store,
        handler=SegmentHandler(segments, progress),
        open_graph=open_graph,
        prepare=prepare,
        basis=f"{segments.fingerprint} {segments.counting}",
        is_current=partial(is_current, basis=basis_of(segments)),
        progress=progress,
        group=f"{NAME}-{settings.replica}" if settings.replica else NAME,
        lease=NAME if settings.replica else "",
    )


def _of_accounts(catalog: Catalog) -> tuple[str, ...]:
    """Without kinds of links nobody acts for an account, and nothing is asked of what these are."""
    if not catalog.accounts.kinds:
        return ()
    return LINKS, ACCOUNT_IDENTITIES, *((ACCOUNTS,) if catalog.accounts.traits else ())


def _path_of(settings: SegmentSettings) -> Path:
    default = settings.data / f"{NAME}.db"
    return only_sqlite(settings.segment_store, default, "C360_SEGMENT_STORE")


def _columns_of(settings: SegmentSettings) -> EventColumns:
    url = settings.segment_history
    if url is None:
        return EMBEDDED
    return ClickhouseColumns(server_of(url, "C360_SEGMENT_HISTORY"), settings.replica)
