"""Signed checkpoints in files: as they are printed, or as `--json` prints them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from c360_kernel.codec import decode
from c360_kernel.errors import Invalid, NotFound
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT_CHECKPOINTS
from c360_kernel.payload import CheckpointsSigned

_SIGNATURE = "— "
_LAST = 100
EDGE = ".edge"
"""The suffix of what is kept of a tree before its oldest entries go."""


def notes_of(file: Path) -> Sequence[str]:
    """The notes in a file. Raises `NotFound` (FILE_NOT_FOUND), `Invalid` (CHECKPOINT_INVALID)."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no {file}", code="FILE_NOT_FOUND") from None
    except UnicodeDecodeError:
        text = ""
    notes = _of_json(text) if text.lstrip()[:1] in ("{", "[") else list(_split(text))
    if not notes:
        raise Invalid(f"{file} holds no checkpoint", code="CHECKPOINT_INVALID")
    return notes


def kept_edges(directory: Path, files: Iterable[Path]) -> Sequence[str]:
    """What was kept of trees before their oldest entries went: in a directory, or in files."""
    found = [*sorted(directory.rglob(f"*{EDGE}")), *(one for one in files if one.suffix == EDGE)]
    return [file.read_text("utf-8", errors="replace") for file in found]


def kept_notes(directory: Path) -> Mapping[str, Sequence[str]]:
    """What an instance keeps in files of a directory, by file; what is no note counts as one."""
    found: dict[str, Sequence[str]] = {}
    for file in sorted(directory.rglob("*.checkpoint")):
        try:
            found[str(file)] = notes_of(file)
        except Invalid:
            found[str(file)] = [""]
    return found


async def published_notes(log: EventLog) -> Mapping[str, Sequence[str]]:
    """What the log was told last, by topic."""
    found: set[str] = set()
    for partition, end in (await log.ends([AUDIT_CHECKPOINTS])).items():
        for entry in await log.read(partition, max(0, end - _LAST), _LAST):
            published = cast(CheckpointsSigned, decode(AUDIT_CHECKPOINTS, entry.data))
            found.update(published.notes)
    return {f"the topic {AUDIT_CHECKPOINTS}": sorted(found)} if found else {}


def _split(text: str) -> Iterator[str]:
    held: list[str] = []
    for line in text.splitlines(keepends=True):
        if held and held[-1].startswith(_SIGNATURE) and not line.startswith(_SIGNATURE):
            yield "".join(held)
            held = []
        if held or line.strip():
            held.append(line)
    if any(line.startswith(_SIGNATURE) for line in held):
        yield "".join(held)


def _of_json(text: str) -> Sequence[str]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return []
    found = parsed.get("checkpoints", ()) if isinstance(parsed, dict) else parsed
    return [one["note"] for one in found if isinstance(one, dict) and "note" in one]
