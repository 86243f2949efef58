"""Rebuilding one store in place: beside the old one, then in its stead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from c360_kernel.errors import Invalid, Unusable
from c360_kernel.log.port import EventLog
from c360_kernel.open_files import let_go
from c360_kernel.projection.damage import SIDE_FILES
from c360_kernel.projection.origin import compare, may_replace
from c360_kernel.projection.port import AsideStore
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.rebuild import rebuild, refill
from c360_kernel.projection.service import DerivingService, Service
from c360_kernel.projection.sqlite import SqliteProjection, origin_in

from c360_cli.assembly import Instance


async def rebuild_in_place(instance: Instance, name: str, progress: Progress | None = None) -> int:
    """Rebuild a service's store from the log; return how many differences it stated.

    The old store stays until the new one is whole, so a killed rebuild loses nothing. Raises
    `Interrupted` as `progress` does, which is told how far it is, and `Invalid` (REPLAY_WHAT) for
    what no log fills.
    """
    service = instance.service(name)
    if not service.is_refillable:
        raise Invalid(f"{name} is a record of what was done: no log fills it", code="REPLAY_WHAT")
    log = instance.open_log()
    try:
        if isinstance(service, DerivingService) and service.open_aside is not None:
            return await _rebuild_on_server(service, service.open_aside(), log)
        return await _rebuild_file(instance, name, log, progress or service.progress)
    finally:
        await log.close()


async def _rebuild_on_server(service: DerivingService, store: AsideStore, log: EventLog) -> int:
    try:
        return await rebuild(service, log, store, store.install)
    finally:
        await store.close()


async def _rebuild_file(instance: Instance, name: str, log: EventLog, progress: Progress) -> int:
    path = await _file_of(instance.service(name))
    await _refuse_others(name, path, log)
    aside = path.with_suffix(".rebuild.db")
    _remove(aside)
    service = replace(instance.service(name, f"sqlite:///{aside}"), progress=progress)
    store = service.open_store()

    async def install() -> None:
        await store.close()
        # Until they are swapped, graphs of this process answer from the old one.
        let_go(path)
        _remove(path)
        aside.rename(path)

    try:
        return await _filled(service, log, store, install)
    except BaseException:
        await store.close()
        raise


async def _filled(
    service: Service,
    log: EventLog,
    store: Any,  # noqa: ANN401 - of the service's own kind
    install: Callable[[], Awaitable[None]],
) -> int:
    if isinstance(service, DerivingService):
        return await rebuild(service, log, store, install)
    await refill(service, log, store, install)
    return 0


async def _file_of(service: Service) -> Path:
    """The file of an embedded store, wherever the settings put it, usable or not."""
    try:
        store = service.open_store()
    except Unusable as error:
        if error.path is None:
            raise
        return error.path
    await store.close()
    if not isinstance(store, SqliteProjection):
        raise Invalid(f"{service.name} cannot be rebuilt in place", code="REPLAY_WHAT")
    return store.path


async def _refuse_others(name: str, path: Path, log: EventLog) -> None:
    """Another instance's file is not put aside, be it damaged or not."""
    held, ours = origin_in(path), (await log.identity()).origin
    if held is not None and not may_replace(held, ours):
        compare(name, held, ours)


def _remove(path: Path) -> None:
    for suffix in SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
