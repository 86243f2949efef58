"""What commands put on record while no instance runs is signed: nobody else would do it."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

from c360_kernel.errors import C360Error

from c360_cli.catalogs import instance_as_it_is
from c360_cli.directory import DataDirectory
from c360_cli.projections.draining import drain
from c360_cli.running.locking import sole_process

_AUDIT = "audit"
_log = logging.getLogger(__name__)


async def settle_record(data: Path) -> None:
    """Feed the audit of a directory that nobody runs; one that runs does it within a second.

    Where the log is on servers, and where this image has no audit, others do. A store that cannot
    be fed is left to the next start, which says why.
    """
    if find_spec("c360_audit") is None or not DataDirectory(data).catalog.exists():
        return
    instance = instance_as_it_is(data)
    if instance.settings.log is not None:
        return
    try:
        with sole_process(instance, [_AUDIT], wait_s=0):
            log = instance.open_log()
            try:
                await drain([instance.service(_AUDIT)], log)
            finally:
                await log.close()
    except C360Error as error:
        _log.debug("what is on record is signed later: %s", error.code)
