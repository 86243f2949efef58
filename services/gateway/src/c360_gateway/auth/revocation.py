"""Tokens that are taken back before they expire: a file of JSON lines, read again when it changes.

Each line is an object with at least one of `jti`, `subject` and `role`; a token is revoked when all
that a line names fit it. With `issuedBefore` (ISO 8601 with its offset) only tokens of that second
or before are: one that does not say when it was issued counts as issued before everything.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path
from typing import NamedTuple, cast

from c360_federation.reloading import FileWatch
from c360_kernel.errors import SettingsError
from c360_kernel.value_types import TypeMismatch, parse_instant

from c360_gateway.auth.line_file import append_line

_MEMBERS = frozenset(("jti", "subject", "role", "issuedBefore"))
_MARK_DIGITS = 16
_log = getLogger(__name__)


class Credential(NamedTuple):
    """What revocations ask of a token; `roles` are ours, times are seconds since the epoch."""

    token_id: str | None
    subject: str
    roles: tuple[str, ...]
    issued_at: float


@dataclass(frozen=True, slots=True)
class Revocation:
    """Which tokens are taken back: those that fit all that is not None."""

    token_id: str | None = None
    subject: str | None = None
    role: str | None = None
    issued_before: int | None = None

    def covers(self, credential: Credential) -> bool:
        """Whether it takes this token back."""
        return (
            self.token_id in (None, credential.token_id)
            and self.subject in (None, credential.subject)
            and (self.role is None or self.role in credential.roles)
            and (self.issued_before is None or int(credential.issued_at) <= self.issued_before)
        )

    def line(self) -> str:
        """As the file holds it."""
        fields = {"jti": self.token_id, "subject": self.subject, "role": self.role}
        given = {name: value for name, value in fields.items() if value is not None}
        if self.issued_before is not None:
            at = datetime.fromtimestamp(self.issued_before, UTC)
            given["issuedBefore"] = at.isoformat().replace("+00:00", "Z")
        return json.dumps(given, ensure_ascii=False)


class NoRevocation(Exception):
    """A line that is not understood."""


class Revocations:
    """The revocations in force. A file that is not there takes nothing back.

    At the start a line that is not understood is refused (`SettingsError`). Later on it is logged,
    and until it is mended nothing is given back: what was revoked stays so, and what the other
    lines say counts as well. The same holds for a file that can be read no more.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._watch = FileWatch(lambda: [file])
        self._watch.changed()
        found, wrong = self._read() if file.exists() else ([], [])
        if wrong:
            raise SettingsError(f"{file.name}: line {wrong[0]} is no revocation")
        self._all = frozenset(found)

    def covers(self, credential: Credential) -> bool:
        """Whether a token is taken back."""
        return any(one.covers(credential) for one in self._all)

    @property
    def mark(self) -> str:
        """How many they are, and a digest of them; empty where there are none."""
        lines = sorted(one.line() for one in self._all)
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_MARK_DIGITS]
        return f"{len(lines)}:{digest}" if lines else ""

    def refresh(self) -> bool:
        """Look at the file; true if other tokens are taken back now."""
        if not self._watch.changed():
            return False
        before = self._all
        try:
            found, wrong = self._read()
        except OSError as error:
            _log.error("revocations kept: %s: %s", self._file.name, error.strerror)
            return False
        if wrong:
            message = "%s: line %s is no revocation; nothing is given back"
            _log.error(message, self._file.name, wrong[0])
        self._all = frozenset(found) | (before if wrong else frozenset())
        if self._all != before:
            _log.warning("%s revocations are in force", len(self._all))
        return self._all != before

    def _read(self) -> tuple[Sequence[Revocation], Sequence[int]]:
        """What it says, and the numbers of the lines that say nothing."""
        found: list[Revocation] = []
        wrong: list[int] = []
        for number, line in enumerate(self._file.read_bytes().split(b"\n"), start=1):
            if line.strip():
                try:
                    found.append(read_revocation(line))
                except NoRevocation:
                    wrong.append(number)
        return found, wrong


def read_revocation(line: bytes) -> Revocation:
    """What a line says; raises `NoRevocation`."""
    try:
        read: object = json.loads(line)
    except (ValueError, RecursionError):
        raise NoRevocation from None
    if not isinstance(read, dict):
        raise NoRevocation
    members = cast("dict[str, object]", read)
    if not _MEMBERS.issuperset(members) or not members.keys() - {"issuedBefore"}:
        raise NoRevocation
    return Revocation(
        _text(members, "jti"), _text(members, "subject"), _text(members, "role"), _time(members)
    )


def append_revocation(file: Path, revocation: Revocation) -> None:
    """Add a line; whoever reads meanwhile sees all of it or none."""
    append_line(file, revocation.line())


def now_s() -> int:
    """This second."""
    return int(time.time())


def _text(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if name in members and (not isinstance(value, str) or not value):
        raise NoRevocation
    return cast("str | None", value)


def _time(members: Mapping[str, object]) -> int | None:
    text = _text(members, "issuedBefore")
    try:
        return None if text is None else parse_instant(text) // 1000
    except TypeMismatch:
        raise NoRevocation from None
