"""Connectors beside an instance that runs: they are begun with it, and end with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from typing import Any

from c360_connect.running import Runner
from c360_connect.settings import ConnectSettings
from c360_connectors.form import Connector
from c360_connectors.pulling.ports import Take
from c360_connectors.reading.connector import connectors_in, read_connector
from c360_connectors.refusals import ConnectorInvalid

from c360_cli.assembly import Instance
from c360_cli.connecting.entering import taker_of
from c360_cli.running.background import served_beside
from c360_cli.running.locking import sole_keeper

_log = logging.getLogger(__name__)


async def with_connectors(instance: Instance, url: str, serving: Coroutine[Any, Any, None]) -> None:
    """Serve, and run what is in the folder of connectors meanwhile.

    Raises what serving does, and `SettingsError` (DATA_IN_USE) where another process runs them.
    """
    settings = ConnectSettings(data=instance.directory.root)
    await served_with(instance, settings, readable(settings), url, serving)


async def served_with(
    instance: Instance,
    settings: ConnectSettings,
    connectors: Sequence[Connector],
    url: str,
    serving: Coroutine[Any, Any, None],
) -> None:
    """The same for these connectors; `url` is where the gateway is."""
    if not connectors:
        await serving
        return
    with ExitStack() as stack:
        parts = [part_of(one) for one in connectors]
        stack.enter_context(sole_keeper(instance, parts))
        taker = taker_of(settings, url, None, stack)
        await served_beside(_running(instance, settings, connectors, taker), serving)


def part_of(connector: Connector) -> str:
    """By what a process holds it."""
    return f"connect-{connector.name}"


def readable(settings: ConnectSettings) -> list[Connector]:
    """Those of the folder that can be read; of the others it is told why, and all else goes on."""
    found: list[Connector] = []
    for name in connectors_in(settings.connectors_folder):
        try:
            found.append(read_connector(settings.connectors_folder, name))
        except ConnectorInvalid as error:
            _log.error("connector %s is not run: %s: %s", name, error.code, error.message)
    return found


async def _running(
    instance: Instance,
    settings: ConnectSettings,
    connectors: Sequence[Connector],
    taker: Callable[[Connector], Take],
) -> None:
    _log.info("connectors are run: %s", ", ".join(one.name for one in connectors))
    try:
        types = tuple(instance.catalog.identifiers)
        await Runner(settings, instance.open_log, taker, types).for_ever(connectors)
    except Exception as error:
        # The text of an exception may quote a value.
        _log.error("connectors are run no more: %s", type(error).__name__)
