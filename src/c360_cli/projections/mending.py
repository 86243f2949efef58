"""Embedded stores of another format, or damaged ones, are made anew from the log at a start."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from c360_kernel.errors import Unusable
from c360_kernel.open_files import let_go
from c360_kernel.projection.damage import SIDE_FILES
from c360_kernel.projection.service import DerivingService, Projection, Service
from c360_kernel.projection.sqlite import SqliteProjection

from c360_cli.assembly import Instance
from c360_cli.projections.rebuilding import rebuild_in_place

_log = logging.getLogger(__name__)


async def mend_stores(instance: Instance, names: Sequence[str]) -> None:
    """Rebuild those of these services' stores that cannot be used as they are.

    A store on a server is not: `Unusable` goes on to whoever starts, and names the command.
    """
    for name in names:
        service = instance.service(name)
        if not isinstance(service, DerivingService):
            await renew(service)
            continue
        fault = await _fault_of(service)
        if fault is not None and fault.path is not None:
            _log.warning("%s: %s is made anew from the log", fault.code, fault.path)
            await rebuild_in_place(instance, name)
            _log.warning("%s is whole again", fault.path)


async def make_current(instance: Instance, service: Service) -> bool:
    """Derive an embedded store from the log again that was derived by another catalog.

    Returns whether it was. What a server keeps is not: the worker refuses it and names the
    command. Raises `Interrupted` as the service's progress does.
    """
    if not service.is_embedded:
        return False
    store = service.open_store()
    try:
        if await service.is_current(store):
            return False
    finally:
        await store.close()
    _log.warning("%s is derived from the log again, as the catalog changed", service.name)
    await rebuild_in_place(instance, service.name, service.progress)
    return True


async def renew(projection: Projection) -> None:
    """Set a store that cannot be used aside, whole: the worker fills a new one from the log.

    For projections that state nothing themselves, such as the audit log.
    """
    fault = await _fault_of(projection)
    if fault is not None and fault.path is not None:
        aside = _set_aside(fault.path)
        _log.warning("%s: %s is made anew, the old one is %s", fault.code, fault.path, aside)


async def _fault_of(projection: Projection) -> Unusable | None:
    try:
        store = projection.open_store()
    except Unusable as error:
        return error
    try:
        if isinstance(store, SqliteProjection):
            store.refuse_damaged()
    except Unusable as error:
        return error
    finally:
        await store.close()
    return None


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.unusable")
    let_go(path)
    for suffix in SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    return aside
