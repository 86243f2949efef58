"""What an operator does on the command line is on record like what anybody asks.

The command appends to the log itself, whether or not the instance runs; what cannot be put on
record is not done.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import C360Error, Transient
from c360_kernel.log.choosing import open_log
from c360_kernel.log.clock import LogClock
from c360_kernel.log.port import EventLog
from c360_kernel.payload import AuditKind, OperationAudited
from c360_kernel.settings import Settings

from c360_cli.directory import DataDirectory
from c360_cli.settling import settle_record

SOURCE = "c360/command"
_ROLE = "operator"
_log = logging.getLogger(__name__)


def by_operator(kind: AuditKind, target: str = "", **details: str) -> OperationAudited:
    """An act of whoever runs this command, done."""
    given = {name: text for name, text in details.items() if text}
    return OperationAudited(
        operator(), (_ROLE,), kind=kind, outcome="done", target=target, details=given
    )


def operator() -> str:
    """Whoever runs this command, as an audit names it: by the name that the system knows."""
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return "os:unknown"


def put_on_record(data: Path, *acts: OperationAudited) -> None:
    """Append acts to the log of an instance. Raises what `AuditWriter.write` does."""
    asyncio.run(_record(data, acts))


def put_on_record_if_possible(data: Path, *acts: OperationAudited) -> None:
    """The same for what shows nothing of anybody, and helps when the log is away."""
    try:
        put_on_record(data, *acts)
    except Transient as error:
        _log.warning("not on record, the log is away: %s", error.code)


@contextmanager
def on_record(data: Path, act: OperationAudited) -> Generator[dict[str, str]]:
    """Put on record that an act begins, and how it ended, with what is added to the details."""
    put_on_record(data, replace(act, outcome="begun"))
    ended = dict(act.details)
    try:
        yield ended
    except BaseException as error:
        code = error.code if isinstance(error, C360Error) else type(error).__name__
        put_on_record_if_possible(data, replace(act, outcome="failed", code=code, details=ended))
        raise
    put_on_record(data, replace(act, details=ended))


@contextmanager
def importing(data: Path, source: str, **details: str) -> Generator[dict[str, str]]:
    """The same for an import; an instance that is elsewhere records what it is sent itself."""
    if DataDirectory(data).catalog.exists():
        with on_record(data, by_operator("import", source, **details)) as more:
            yield more
    else:
        yield {}


async def record_in(log: EventLog, settings: Settings, *acts: OperationAudited) -> None:
    """Append acts to a log that is open already."""
    await AuditWriter(log, LogClock(log, settings.clock_behind_s), SOURCE).write(*acts)


async def _record(data: Path, acts: tuple[OperationAudited, ...]) -> None:
    settings = Settings(data=data)
    directory = DataDirectory(data)
    log = open_log(settings, directory.probe(), directory.held())
    try:
        await record_in(log, settings, *acts)
    finally:
        await log.close()
    await settle_record(data)
