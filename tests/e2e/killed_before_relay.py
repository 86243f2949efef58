"""Derive a copy of an instance, dying three times exactly between a store's commit and the relay.

Run as `killed_before_relay.py OLD NEW`, again and again until it exits with 0.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from c360_kernel.log.topics import TRUTH
from c360_kernel.projection.worker import Worker

from c360_cli.assembly import assemble, copy_setup
from c360_cli.directory import DataDirectory
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain

_DEATHS = 3


def _deaths(data: Path) -> int:
    file = data / "deaths"
    return len(file.read_text()) if file.exists() else 0


def _die_before_relay(data: Path) -> None:
    """From the second batch of this life on, the relay finds something to relay and is killed."""
    relay = Worker.relay

    async def dying(self: Worker) -> None:
        if _deaths(data) < _DEATHS and await self._store.outgoing(1):
            with (data / "deaths").open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        await relay(self)

    Worker.relay = dying


async def _derive(old: Path, new: Path) -> None:
    instance = assemble(new)
    log = instance.open_log()
    if not any((await log.ends(TRUTH)).values()):
        await copy_truth(assemble(old).open_log(), log)
    await drain(instance.services, log)
    await log.close()


def main() -> None:
    old, new = Path(sys.argv[1]), Path(sys.argv[2])
    copy_setup(DataDirectory(old), DataDirectory(new))
    _die_before_relay(new)
    asyncio.run(_derive(old, new))
    os._exit(0)


main()
