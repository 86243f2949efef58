"""What a gateway is run by is on record, whenever one of it is another: policy, catalog, keys.

Whoever changes a file by hand changes it as much as whoever uses a command. What was on record last
is kept in the data directory, so that a change of before a start is found at it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from logging import getLogger
from pathlib import Path

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import Invalid, SettingsError, Transient
from c360_kernel.payload import AuditKind, OperationAudited
from c360_kernel.subject_names import FILE as SUBJECT_KEYS

_LOOK_AGAIN_S = 1.0
_GATEWAY = "c360/gateway"
_KEY_DIGEST_BYTES = 6
_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a gateway is run by: how a change of it is called, and what it is now.

    `now` is empty where there is nothing to tell; `code` says why it is refused, if it is. What
    `is_known_at_first` is on record even when nothing was before.
    """

    kind: AuditKind
    target: str
    now: Callable[[], str]
    code: Callable[[], str] = str
    is_known_at_first: bool = True


@dataclass(slots=True)
class InUse:
    """Looks at the parts every second. `file` is where what was told last is kept."""

    writer: AuditWriter
    file: Path
    parts: Callable[[], list[Part]]
    _recorded: dict[str, str] = field(init=False, default_factory=dict[str, str])

    async def start(self) -> None:
        """Tell what changed since the last time, or all of it where there was none."""
        self._recorded = _read(self.file)
        await self._look()

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self._look()

    async def _look(self) -> None:
        is_first, parts = not self._recorded, self.parts()
        found = {_name(one): state for one in parts if (state := _state(one))}
        changed = [one for one in parts if self._is_other(one, found)]
        acts = [self._act(one) for one in changed if one.is_known_at_first or not is_first]
        try:
            if acts:
                await self.writer.write(*acts)
        except (Transient, Invalid, SettingsError) as error:
            _log.warning("what is in use waits to be put on record: %s", error.code)
            return
        if changed:
            self._recorded |= found
            _write(self.file, self._recorded)

    def _is_other(self, part: Part, found: Mapping[str, str]) -> bool:
        name = _name(part)
        return name in found and found[name] != self._recorded.get(name)

    def _act(self, part: Part) -> OperationAudited:
        before = self._recorded.get(_name(part), "")
        code, now = part.code(), part.now()
        details = {"now": now, "before": before.partition(":")[2]}
        return OperationAudited(
            _GATEWAY,
            kind=_refusal_of(part.kind) if code else part.kind,
            outcome="refused" if code else "in_use",
            code=code,
            target=part.target or now,
            details={name: text for name, text in details.items() if text},
        )


def key_marks(directory: Path) -> Mapping[str, str]:
    """By name a digest of each key of a directory, which tells nothing of the key.

    Left out is what customers' names are made of: it changes when one of them is forgotten.
    """
    marks: dict[str, str] = {}
    for file in sorted(set(directory.glob("*.key")) - {directory / SUBJECT_KEYS}):
        try:
            secret = file.read_bytes()
        except OSError:
            continue
        digest = hashlib.blake2b(secret, digest_size=_KEY_DIGEST_BYTES, person=b"c360-audited")
        marks[file.stem] = digest.hexdigest()
    return marks


def _name(part: Part) -> str:
    return f"{part.kind} {part.target}".strip()


def _state(part: Part) -> str:
    """Empty where there is nothing to tell."""
    code, now = part.code(), part.now()
    return f"{code}:{now}" if code or now else ""


def _refusal_of(kind: AuditKind) -> AuditKind:
    return "policy_refused" if kind == "policy_published" else kind


def _read(file: Path) -> dict[str, str]:
    try:
        parsed: object = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {str(name): str(text) for name, text in parsed.items()} if isinstance(parsed, dict) else {}
    )


def _write(file: Path, in_use: Mapping[str, str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}")
        aside.write_text(json.dumps(in_use, sort_keys=True), "utf-8")
        aside.replace(file)
    except OSError as error:
        _log.info("what is on record is not kept in %s: %s", file.parent, error.strerror)
