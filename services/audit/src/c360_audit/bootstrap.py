"""Puts the audit service together: the one place that knows which adapters exist."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError
from c360_kernel.log.topics import AUDIT
from c360_kernel.mongodb_url import FORM, SCHEMES
from c360_kernel.outage import address_of
from c360_kernel.projection.service import Service
from c360_kernel.signing import SigningKeys
from c360_kernel.sqlite_url import SQLITE, sqlite_path
from c360_kernel.stamp import StampClock
from c360_kernel.subgraph.subgraph import Subgraph

from c360_audit.graph import audit_subgraph
from c360_audit.handlers.anomaly_watch import AnomalyWatch
from c360_audit.handlers.checkpoint_files import CheckpointFiles
from c360_audit.handlers.checkpoint_topic import CheckpointTopic
from c360_audit.handlers.handler import AuditHandler
from c360_audit.handlers.publishing import CheckpointPublisher
from c360_audit.handlers.retention import AuditRetention
from c360_audit.handlers.witness import witnesses_of
from c360_audit.settings import AuditSettings
from c360_audit.store.port import AuditLog
from c360_audit.store.signing import TreeSigner
from c360_audit.store.sqlite import SqliteAuditLog

NAME = "audit"
# Nobody waits for it, and every query makes an entry: two batches a second serve them all.
_LINGER_S = 0.5
# What is in the log when the service stops is signed before it does.
_LAST_S = 5.0


def build(
    settings: AuditSettings, catalog: Catalog, sealer: CursorSealer, keys: SigningKeys
) -> Service:
    """The service. Raises `SettingsError` for a store that no adapter knows.

    All replicas need the same `sealer`: a page may go on at another one. `keys` sign what is on
    record, which does not depend on the catalog.
    """
    del catalog
    signer = TreeSigner(keys)
    open_store = _opener(settings, signer)

    def open_graph() -> Subgraph:
        store = open_store()
        graph = audit_subgraph(store, sealer)
        graph.close = store.close
        return graph

    return Service(
        name=NAME,
        topics=(AUDIT,),
        open_store=open_store,
        handler=AuditHandler(),
        open_graph=open_graph,
        is_embedded=not _is_on_server(settings),
        linger_s=_LINGER_S,
        last_s=_LAST_S,
        address=address_of(settings.audit_store),
        upkeep=_upkeep(settings, open_store, signer),
    )


def _upkeep(
    settings: AuditSettings, open_store: Callable[[], AuditLog], signer: TreeSigner
) -> Callable[[], Awaitable[None]]:
    """The oldest go; what is signed is kept elsewhere; what stands out is counted."""
    files = CheckpointFiles(settings.checkpoints)
    topic = CheckpointTopic(StampClock())
    witnesses = witnesses_of(
        settings.audit_witnesses, settings.checkpoints, settings.audit_witness_s
    )
    retention = AuditRetention(open_store, settings.audit_days, signer, keep_edge=files.put_edge)
    publisher = CheckpointPublisher(open_store, (files, topic, *witnesses), at_the_end=files)
    watch = AnomalyWatch(open_store)

    async def run() -> None:
        await asyncio.gather(retention.run(), publisher.run(), watch.run())

    return run


def _is_on_server(settings: AuditSettings) -> bool:
    return settings.audit_store is not None and settings.audit_store.startswith(SCHEMES)


def _opener(settings: AuditSettings, signer: TreeSigner) -> Callable[[], AuditLog]:
    url = settings.audit_store
    if url is None:
        return partial(SqliteAuditLog, settings.data / f"{NAME}.db", signer)
    if _is_on_server(settings):
        return _in_mongodb(url, signer)
    if (path := sqlite_path(url, "C360_AUDIT_STORE")) is not None:
        return partial(SqliteAuditLog, path, signer)
    raise SettingsError(f"C360_AUDIT_STORE must be {SQLITE}PATH or {FORM}", code="STORE_UNKNOWN")


def _in_mongodb(url: str, signer: TreeSigner) -> Callable[[], AuditLog]:
    # The driver takes half a second to import, and only this needs it.
    from c360_audit.store.mongodb import MongoAuditLog, check_url  # noqa: PLC0415

    check_url(url)
    return partial(MongoAuditLog, url, signer)
