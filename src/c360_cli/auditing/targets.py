"""Where exported acts go: a file that knows itself how far it is, or a server of logs."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from c360_kernel.codec import encode
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT_EVENTS
from c360_kernel.payload import ActHandedOn
from c360_kernel.value_types import format_instant
from typing_extensions import override

from c360_cli.auditing.acts import Act, Offsets

_POSITION = re.compile(rb'"position":\{"partition":(\d+),"offset":(\d+)\}')
_TIMEOUT_S = 10.0
_TLS = "syslog+tls"
# RFC 5424: facility 13 is "log audit", severity 6 "informational" and 4 "warning".
_AUDIT_INFORMATIONAL, _AUDIT_WARNING = 13 * 8 + 6, 13 * 8 + 4
_WARNINGS = frozenset(("refusal", "login_failed", "policy_refused", "break_glass_opened", "alert"))


class Target(Protocol):
    """Takes acts, each with its text, in order."""

    def offsets(self) -> Offsets:
        """From where on it has none."""
        ...

    async def put(self, acts: Sequence[tuple[Act, bytes]]) -> None:
        """Take some more; durable on return. Raises `Transient` when it cannot."""
        ...

    def close(self) -> None:
        """Release what is open."""
        ...


class FileTarget(Target):
    """A file of JSON lines. What is in it already is not written again, also after a crash."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file = os.fdopen(descriptor, "r+b")
        self._offsets: dict[int, int] = {}
        self._take_up()

    def _take_up(self) -> None:
        """Read how far it is, and cut a line that was not ended."""
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            found = _POSITION.search(line)
            if found is None:
                raise Invalid("the file holds something else: name another", code="EXPORT_FILE")
            self._offsets[int(found[1])] = int(found[2]) + 1
            whole += len(line)
        self._file.seek(whole)
        self._file.truncate()

    @override
    def offsets(self) -> Offsets:
        return self._offsets

    @override
    async def put(self, acts: Sequence[tuple[Act, bytes]]) -> None:
        self._file.write(b"".join(text + b"\n" for _, text in acts))
        self._file.flush()
        os.fsync(self._file.fileno())

    @override
    def close(self) -> None:
        self._file.close()


class SyslogTarget(Target):
    """A syslog server over TCP or TLS: RFC 5424, framed by octet counts (RFC 6587, 5425).

    How far it is stands in `progress`; an act may arrive twice after a crash, and never not at all.
    """

    def __init__(self, url: str, progress: Path) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not parts.port:
            raise Invalid("syslog is named syslog://HOST:PORT", code="EXPORT_TARGET")
        self._progress = progress
        self._offsets: dict[int, int] = _read_offsets(progress)
        self._socket = _connected(parts.hostname, parts.port, parts.scheme == _TLS)

    @override
    def offsets(self) -> Offsets:
        return self._offsets

    @override
    async def put(self, acts: Sequence[tuple[Act, bytes]]) -> None:
        try:
            self._socket.sendall(b"".join(_framed(act, text) for act, text in acts))
        except OSError as error:
            raise Transient("the syslog server is away", code="EXPORT_TARGET_AWAY") from error
        for act, _ in acts:
            self._offsets[act.entry.partition] = act.entry.offset + 1
        write_offsets(self._progress, self._offsets)

    @override
    def close(self) -> None:
        self._socket.close()


class TopicTarget(Target):
    """The topic `audit-events` of the log itself, an entry to an act, in the partition of the act.

    How far it is stands in `progress`; an act may come twice after a crash, with the same id.
    """

    def __init__(self, log: EventLog, form: str, progress: Path) -> None:
        self._log = log
        self._form = form
        self._progress = progress
        self._offsets: dict[int, int] = _read_offsets(progress)

    @override
    def offsets(self) -> Offsets:
        return self._offsets

    @override
    async def put(self, acts: Sequence[tuple[Act, bytes]]) -> None:
        await self._log.append([self._entry(act, text) for act, text in acts])
        for act, _ in acts:
            self._offsets[act.entry.partition] = act.entry.offset + 1
        write_offsets(self._progress, self._offsets)

    @override
    def close(self) -> None:
        """The log is whose it was."""

    def _entry(self, act: Act, text: bytes) -> NewEntry:
        return NewEntry(
            topic=AUDIT_EVENTS,
            key=act.entry.key,
            id=f"{AUDIT_EVENTS}:{self._form}:{act.entry.id}",
            type=f"c360.{self._form}.v1",
            source=act.entry.source,
            subject=act.entry.subject,
            time=act.entry.time,
            stamp=act.entry.stamp,
            data=encode(ActHandedOn(text)),
        )


def _connected(host: str, port: int, is_tls: bool) -> socket.socket:
    try:
        connection = socket.create_connection((host, port), _TIMEOUT_S)
    except OSError as error:
        raise Transient("the syslog server is away", code="EXPORT_TARGET_AWAY") from error
    if not is_tls:
        return connection
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _framed(act: Act, text: bytes) -> bytes:
    operation = act.operation
    priority = _AUDIT_WARNING if operation.kind in _WARNINGS else _AUDIT_INFORMATIONAL
    at = format_instant(operation.at)
    # Fields of the head: version, time, host, application, process, kind of message, no data.
    head = f"<{priority}>1 {at} {socket.gethostname()} c360 - {operation.kind} - ".encode()
    message = head + text
    return b"%d %b" % (len(message), message)


def _read_offsets(file: Path) -> dict[int, int]:
    if not file.exists():
        return {}
    offsets: dict[str, int] = json.loads(file.read_text("utf-8"))
    return {int(number): offset for number, offset in offsets.items()}


def write_offsets(file: Path, offsets: Offsets) -> None:
    """Remember how far a target is, in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}")
    aside.write_text(json.dumps(offsets), "utf-8")
    aside.replace(file)
