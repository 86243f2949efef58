"""The catalog's file beside the catalog in force, and what is said of the two in the directory.

The text that is in force is kept, so that commands go on while the file is being changed. Where
the directory cannot be written, nothing is kept or said.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.watching import CatalogFile
from c360_kernel.errors import C360Error

from c360_cli.directory import DataDirectory

_log = logging.getLogger(__name__)


class InForce:
    """Looks at the file for one process, which runs these parts.

    `is_leading`: nobody else of the process tells in the log what is wrong with it.
    """

    def __init__(self, directory: DataDirectory, parts: Sequence[str], *, is_leading: bool) -> None:
        self.refused: C360Error | None = None
        self._directory = directory
        self._parts = parts
        self._is_leading = is_leading
        self._file = CatalogFile(directory.catalog)
        self._kept = ""
        self._written: dict[str, Mapping[str, Any]] = {}

    def look(self, in_force: Catalog, work: Mapping[str, str]) -> Catalog | None:
        """A whole catalog that is not the one in force; `work` is what is under way by part."""
        seen = self._seen()
        self._write_states(work)
        if seen is None or not self._file.is_whole:
            return None
        if seen.digest != in_force.digest:
            return seen
        self._keep(seen)
        return None

    def refuse(self, error: C360Error) -> None:
        """The file cannot be used."""
        if self._is_leading and not _is_same(self.refused, error):
            _log.error("catalog kept: the changed one is refused: %s: %s", error.code, error)
        self.refused = error

    def _seen(self) -> Catalog | None:
        try:
            seen = self._file.look()
        except C360Error as error:
            self.refuse(error)
            return None
        self.refused = None
        return seen

    def _keep(self, catalog: Catalog) -> None:
        if self._kept != catalog.digest:
            self._kept = catalog.digest
            _write(self._directory.catalog_in_force, self._file.text)

    def _write_states(self, work: Mapping[str, str]) -> None:
        for part in self._parts:
            status = {"work": work[part]} if part in work else {}
            if self.refused is not None:
                status |= {"refused": f"{self.refused.code}: {self.refused.message}"}
            if status != self._written.get(part):
                self._written[part] = status
                _write(self._directory.catalog_state(part), json.dumps(status) if status else "")


def _is_same(one: C360Error | None, other: C360Error) -> bool:
    return one is not None and one.message == other.message


def catalog_states(directory: DataDirectory, parts: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """What running parts said last, by part; nothing of those with nothing to say."""
    found: dict[str, Mapping[str, str]] = {}
    for part in parts:
        try:
            found[part] = json.loads(directory.catalog_state(part).read_text("utf-8"))
        except (OSError, ValueError):
            continue
    return found


def _write(file: Path, text: str) -> None:
    """Put a text in the place of another in one step; none, and the file goes."""
    try:
        if not text:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.{os.getpid()}")
        aside.write_text(text, "utf-8")
        aside.replace(file)
    except OSError as error:
        _log.info("nothing is said in %s: %s", file.parent, error.strerror)
