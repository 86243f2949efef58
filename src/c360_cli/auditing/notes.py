"""Signed checkpoints in files: as they are printed, or as `--json` prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from c360_kernel.errors import Invalid, NotFound

FOLDER = "checkpoints"
_SIGNATURE = "— "


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


def kept_notes(data: Path) -> Mapping[str, Sequence[str]]:
    """What an instance keeps in files of its directory, by file; what is no note counts as one."""
    found: dict[str, Sequence[str]] = {}
    for file in sorted((data / FOLDER).rglob("*.checkpoint")):
        try:
            found[str(file)] = notes_of(file)
        except Invalid:
            found[str(file)] = [""]
    return found


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
        told = json.loads(text)
    except ValueError:
        return []
    found = told.get("checkpoints", ()) if isinstance(told, dict) else told
    return [one["note"] for one in found if isinstance(one, dict) and "note" in one]
