"""The catalog in a file that is looked at again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from c360_kernel.catalog.loader import catalog_text, parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.file_marks import UNCHANGED_S, Marks, marks_of


class CatalogFile:
    """Reads the file when anything about it has changed, and as long as it cannot be used.

    What is there at first is whole. What is wrong may be its mode, or that of a directory around
    it. `text` is what was read last.
    """

    def __init__(self, file: Path, now_s: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._now_s = now_s
        self._marks = _marks(file)
        self._since_s = float("-inf")
        self._read: Catalog | None = None
        self.text = ""

    def look(self) -> Catalog:
        """The catalog as it is now. Raises `CatalogError`, `SettingsError` (FILE_EXPOSED)."""
        marks = _marks(self._file)
        if self._marks != marks:
            self._since_s = self._now_s()
            self._marks, self._read = marks, None
        if self._read is None:
            self.text = catalog_text(self._file)
            self._read = parse_catalog(self.text, self._file.name)
        return self._read

    @property
    def is_whole(self) -> bool:
        """Whether nobody is in the middle of writing what was read."""
        return self._now_s() - self._since_s >= UNCHANGED_S


def _marks(file: Path) -> Marks:
    try:
        return marks_of([file])
    except OSError:
        return ()
