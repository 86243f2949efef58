"""Handing acts on: which, in which form, to where, going on from where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from c360_kernel.log.port import EventLog

from c360_cli.auditing.acts import Act, acts_after
from c360_cli.auditing.cloudevents import cloud_event
from c360_cli.auditing.ocsf import ocsf_event
from c360_cli.auditing.targets import FileTarget, SyslogTarget, Target, TopicTarget

FORMATS: Mapping[str, Callable[[Act], dict[str, Any]]] = {
    "ocsf": ocsf_event,
    "cloudevents": cloud_event,
}
_BATCH = 500
_TOPIC = "topic"
_SYSLOG = ("syslog://", "syslog+tls://")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """`since` and `until` are milliseconds UTC, from the one until before the other."""

    form: str
    to: str
    data: Path
    since: int | None = None
    until: int | None = None

    def wants(self, act: Act) -> bool:
        """Whether an act is of the time."""
        at = act.operation.at
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


async def export(request: ExportRequest, log: EventLog) -> int:
    """Hand on what the target has not; returns how many acts. Raises `Invalid`, `Transient`."""
    shaped, count = FORMATS[request.form], 0
    batch: list[tuple[Act, bytes]] = []
    with closing(_target(request, log)) as target:
        async for act in acts_after(log, target.offsets()):
            if request.wants(act):
                batch.append((act, orjson.dumps(shaped(act))))
            if len(batch) == _BATCH:
                await target.put(batch)
                count += len(batch)
                batch = []
        if batch:
            await target.put(batch)
    return count + len(batch)


def _target(request: ExportRequest, log: EventLog) -> Target:
    name = hashlib.sha256(f"{request.form} {request.to}".encode()).hexdigest()[:16]
    progress = request.data / "exports" / f"{name}.json"
    if request.to == _TOPIC:
        return TopicTarget(log, request.form, progress)
    if request.to.startswith(_SYSLOG):
        return SyslogTarget(request.to, progress)
    return FileTarget(Path(request.to))


async def export_from(request: ExportRequest, open_log: Callable[[], EventLog]) -> int:
    """The same from a log that is opened for it."""
    log = open_log()
    try:
        return await export(request, log)
    finally:
        await log.close()
