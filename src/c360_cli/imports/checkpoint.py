"""How far an import has come, kept in the data directory until it is done."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

_NAME_LENGTH = 16


@dataclass(slots=True)
class Progress:
    """Rows of the file that are done with, by what became of them.

    `rows` counts from the first row of the file; `rejects_bytes` is the length of the reject
    file at that row.
    """

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    outdated: int = 0
    rejected: int = 0
    skipped: int = 0
    rejects_bytes: int = 0
    warnings: dict[str, int] = field(default_factory=dict[str, int])

    def warn(self, code: str, type_: str) -> None:
        """Count an identifier of a taken row that identifies nobody."""
        name = f"{type_} {code.removeprefix('IDENTIFIER_').lower()}"
        self.warnings[name] = self.warnings.get(name, 0) + 1


class NoCheckpoint:
    """Of a stream nobody can go on: it begins at its first row, whatever was done before."""

    def load(self, rejects: Path) -> Progress:
        """The start."""
        return Progress()

    def save(self, progress: Progress) -> None:
        """Nothing is kept."""

    def clear(self) -> None:
        """Nothing was kept."""


class Checkpoint:
    """The progress of one file through one mapping into one source of one instance."""

    def __init__(
        self, directory: Path, file_digest: str, mapping_digest: str, source: str, url: str
    ) -> None:
        named = hashlib.sha256("\0".join((mapping_digest, source, url)).encode()).hexdigest()
        name = f"{file_digest[:_NAME_LENGTH]}-{named[:_NAME_LENGTH]}.json"
        self._path = directory / "imports" / name

    def load(self, rejects: Path) -> Progress:
        """Where to go on: at the start, unless the reject file still holds what it held."""
        try:
            progress = Progress(**json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return Progress()
        written = rejects.stat().st_size if rejects.exists() else 0
        return progress if written >= progress.rejects_bytes else Progress()

    def save(self, progress: Progress) -> None:
        """Replaces the saved progress as a whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(asdict(progress)), encoding="utf-8")
        os.replace(aside, self._path)  # noqa: PTH105 - atomic on every system

    def clear(self) -> None:
        """The import is done; the next one starts at the first row."""
        self._path.unlink(missing_ok=True)
