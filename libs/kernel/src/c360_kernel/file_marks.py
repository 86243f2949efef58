"""Whether files that somebody may be writing are whole: unchanged for as long as that takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

UNCHANGED_S = 1.5
"""What is unchanged for so long, nobody is in the middle of writing."""

Marks: TypeAlias = tuple[tuple[int, ...], ...]


def marks_of(files: Iterable[Path]) -> Marks:
    """What the file system says of files, a changed mode included, and who may replace them.

    Raises `OSError` for one that cannot be looked at.
    """
    found = [(file.stat(), file.parent.stat(), file.resolve().parent.stat()) for file in files]
    return tuple(
        (one.st_mtime_ns, one.st_ctime_ns, one.st_size, one.st_ino, *(it.st_mode for it in around))
        for one, *around in found
    )
