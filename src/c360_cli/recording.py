"""What an operator does on the command line is on record like what anybody asks.

The command appends to the log itself, whether or not the instance runs; what cannot be put on
record is not done.
"""

from __future__ import annotations

import asyncio
import getpass
from dataclasses import replace
from pathlib import Path

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.log.choosing import open_log
from c360_kernel.log.clock import LogClock
from c360_kernel.log.port import EventLog
from c360_kernel.payload import OperationAudited
from c360_kernel.settings import Settings

from c360_cli.directory import DataDirectory

SOURCE = "c360/command"
_ROLE = "operator"


def put_on_record(data: Path, *acts: OperationAudited) -> None:
    """Append acts to the log of an instance. Raises what `AuditWriter.write` does."""
    asyncio.run(_record(data, acts))


def by_operator(act: OperationAudited) -> OperationAudited:
    """The same act, done by whoever runs this command."""
    return replace(act, principal=operator(), roles=(_ROLE,), outcome=act.outcome or "done")


def operator() -> str:
    """Whoever runs this command, as an audit names it: the name that the system knows."""
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return "os:unknown"


async def record_in(log: EventLog, settings: Settings, *acts: OperationAudited) -> None:
    """The same in a log that is open already."""
    await AuditWriter(log, LogClock(log, settings.clock_behind_s), SOURCE).write(*acts)


async def _record(data: Path, acts: tuple[OperationAudited, ...]) -> None:
    settings = Settings(data=data)
    log = open_log(settings, DataDirectory(data).probe())
    try:
        await record_in(log, settings, *acts)
    finally:
        await log.close()
