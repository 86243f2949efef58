"""Damage that a running worker met in its file: the next start makes the store anew.

A damaged page may be none of those that opening a file looks at. So a mark beside it says so,
which goes with the file.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

from c360_kernel.sqlite_reading import refuse_unsound

DAMAGED = "STORE_DAMAGED"
SIDE_FILES = ("", "-wal", "-shm", "-damaged")
"""How the names of a store's files end, its own first."""
_SOUND_FOR_S = 60.0


class SoundnessCheck:
    """Whether a file is at fault for what nobody expected. A large one is looked at for seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._again_at = float("-inf")

    def refuse_damaged(self, connection: sqlite3.Connection) -> None:
        """Raise `Unusable` (STORE_DAMAGED) unless it is sound, or was a minute ago."""
        if time.monotonic() < self._again_at:
            return
        refuse_unsound(connection, self._file)
        self._again_at = time.monotonic() + _SOUND_FOR_S


def note_damage(file: Path) -> None:
    """Damage was met in it. Where nothing can be written nothing can be made anew either."""
    with contextlib.suppress(OSError):
        _mark(file).touch()


def was_damaged(file: Path) -> bool:
    """Whether damage was met in it since it was made."""
    return _mark(file).exists()


def _mark(file: Path) -> Path:
    return file.with_name(file.name + SIDE_FILES[-1])
