"""Checkpoints in files: `audit-PARTITION.checkpoint`, each replaced whole by a later one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from c360_kernel.errors import Conflict, Invalid, Transient
from typing_extensions import override

from c360_audit.handlers.publishing import CheckpointSink
from c360_audit.store.port import AuditLog
from c360_audit.store.signing import size_of

_EVERY_S = 1.0


class CheckpointFiles(CheckpointSink):
    """A directory of checkpoints. One of a larger tree is not replaced by one of a smaller."""

    name = "audit checkpoints in files"
    kind = "files"
    every_s = _EVERY_S

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @override
    async def keep(self, notes: Mapping[int, str], store: AuditLog) -> None:
        """Raises `Conflict` (CHECKPOINT_BEHIND) and `Transient` (FILE_UNWRITABLE)."""
        del store
        for partition, note in notes.items():
            self.put(partition, note)

    def put_edge(self, partition: int, text: str) -> None:
        """Keep the newest edge of a tree from before its oldest entries went.

        Raises `Transient` (FILE_UNWRITABLE).
        """
        path = self._directory / f"audit-{partition}.edge"
        if _read(path) != text:
            _write(path, text)

    def put(self, partition: int, note: str) -> None:
        """Keep one."""
        path = self._directory / f"audit-{partition}.checkpoint"
        held = _read(path)
        if held == note:
            return
        if held is not None and _is_of_one_tree(held, note) and size_of(held) > size_of(note):
            raise Conflict(
                f"{path} has a checkpoint of a larger tree than the store: it was put back",
                code="CHECKPOINT_BEHIND",
            )
        _write(path, note)


def _write(path: Path, text: str) -> None:
    try:
        _replace(path, text)
    except OSError as error:
        raise Transient(f"{path} cannot be written", code="FILE_UNWRITABLE") from error


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _is_of_one_tree(held: str, note: str) -> bool:
    try:
        size_of(held)
    except Invalid:
        return False
    return held.partition("\n")[0] == note.partition("\n")[0]


def _replace(path: Path, note: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
