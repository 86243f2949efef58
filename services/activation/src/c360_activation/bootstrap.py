"""Puts the activation service together: the one place that knows which adapters exist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from c360_kernel.catalog.model import Catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.errors import SettingsError
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.service import Service
from c360_kernel.sqlite_url import only_sqlite
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.subgraph import Subgraph
from typing_extensions import override

from c360_activation.domain.parcel import Fields
from c360_activation.domain.subscribing import Destinations
from c360_activation.graph import activation_subgraph
from c360_activation.handlers.asking import GatewayAsk
from c360_activation.handlers.channels.kinds import channels_of
from c360_activation.handlers.channels.port import Channel, Means
from c360_activation.handlers.delivering import Delivering, Sending, purposes_by_consent
from c360_activation.handlers.handler import ActivationHandler
from c360_activation.handlers.loading import load_first
from c360_activation.handlers.mapped_fields import fields_of
from c360_activation.handlers.posting import Poster
from c360_activation.settings import ActivationSettings
from c360_activation.store.port import ActivationStore
from c360_activation.store.sqlite import SqliteActivationStore
from c360_activation.store.sqlite.schema import MEND

NAME = "activation"


@dataclass(frozen=True, kw_only=True)
class ActivationService(Service):
    """One whose destinations begin at the end that the log has when they are first met."""

    destinations: Destinations

    is_refillable: bool = False

    @override
    async def opened(self, log: EventLog, store: ActivationStore) -> None:
        try:
            await super().opened(log, store)
        except SettingsError as error:
            if error.code != "LOG_FOREIGN":
                raise
            message = f"the activation store is of another log: put that log back, or {MEND}"
            raise SettingsError(message, code=error.code) from error
        if self.destinations:
            await store.admit(self.destinations.keys(), await log.ends(self.topics))
        await load_first(self.destinations, log, store, wall_clock_ms, self.progress)


def build(
    settings: ActivationSettings, catalog: Catalog, sealer: CursorSealer
) -> ActivationService:
    """The service. Raises `SettingsError` for a store, networks or fields that are none.

    All replicas need the same `sealer`: a page may go on at another one.
    """
    open_store = partial(SqliteActivationStore, _path_of(settings))
    mapped = {name: fields_of(one) for name, one in catalog.destinations.items()}
    fields = {name: made for name, made in mapped.items() if made is not None}

    def open_graph() -> Subgraph:
        store = open_store()
        graph = activation_subgraph(store, catalog.destinations, sealer)
        graph.close = store.close
        return graph

    return ActivationService(
        name=NAME,
        topics=(MEMBERSHIPS, PROFILES),
        open_store=open_store,
        handler=ActivationHandler(catalog.destinations),
        open_graph=open_graph,
        upkeep=_upkeep(settings, catalog, fields, open_store),
        destinations=catalog.destinations,
        basis=repr(catalog.destinations) if catalog.destinations else "",
        progress=Progress(NAME),
    )


@asynccontextmanager
async def channels_for(
    settings: ActivationSettings, destinations: Destinations
) -> AsyncGenerator[Mapping[str, Channel]]:
    """What tells these, in one event loop. Raises `SettingsError` (NETWORK_INVALID)."""
    reach = Reach(networks_of(settings.activation_networks))
    timeout_s = settings.activation_timeout_s
    async with AsyncExitStack() as stack:
        poster = Poster(reach, timeout_s)
        stack.push_async_callback(poster.close)
        keys, files = settings.destination_keys, settings.destination_files
        log = settings.log or ""
        means = Means(poster, reach, keys, files, timeout_s, wall_clock_ms, log)
        channels = channels_of(destinations, means)
        for one in channels.values():
            stack.push_async_callback(one.close)
        yield channels


def _upkeep(
    settings: ActivationSettings,
    catalog: Catalog,
    fields: Mapping[str, Fields],
    open_store: Callable[[], ActivationStore],
) -> Callable[[], Awaitable[None]]:
    """What is due is sent."""
    # What is wrong with them is told at the start.
    networks_of(settings.activation_networks)
    by_consent = purposes_by_consent({name: p.basis for name, p in catalog.purposes.items()})
    destinations = catalog.destinations

    async def run() -> None:
        if not destinations:
            await asyncio.Event().wait()
        async with AsyncExitStack() as stack:
            ask = GatewayAsk(settings.activation_gateway, settings.destination_keys)
            stack.push_async_callback(ask.close)
            channels = await stack.enter_async_context(channels_for(settings, destinations))
            keys = settings.destination_keys
            sending = Sending(destinations, by_consent, ask, channels, fields, keys, wall_clock_ms)
            await Delivering(open_store, sending, settings.activation_days).run()

    return run


def _path_of(settings: ActivationSettings) -> Path:
    default, why = settings.data / f"{NAME}.db", ": deliveries have the embedded store alone"
    return only_sqlite(settings.activation_store, default, "C360_ACTIVATION_STORE", why)
