"""Files that say who may see what: nobody but their owner may be able to change them."""

from __future__ import annotations

import os
import stat
from logging import getLogger
from pathlib import Path

from c360_kernel.errors import SettingsError

_log = getLogger(__name__)


def refuse_exposed(file: Path) -> None:
    """Refuse a file that others may write, or put another one in the place of (FILE_EXPOSED).

    One that the group may write is warned of. Reading is nobody's harm here. Raises `OSError`
    when there is no such file.
    """
    own = _writable(file)
    around = _around(file)
    if (own | around) & stat.S_IWOTH:
        where = "is" if own & stat.S_IWOTH else "is in a directory that is"
        raise SettingsError(
            f"{file.name} {where} open to others: take their right to write away (chmod o-w)",
            code="FILE_EXPOSED",
        )
    if (own | around) & stat.S_IWGRP:
        _log.warning("%s, or the directory that holds it, may be written by its group", file.name)


def _around(file: Path) -> int:
    """Who beside the owner may write the directories that hold the file, or the link to it."""
    # What is read-only in a directory that is not was mounted there: its name cannot be taken away.
    if _read_only(file) and not file.is_symlink():
        return 0
    return _writable(file.parent) | _writable(file.resolve().parent)


def _writable(path: Path) -> int:
    """Who beside the owner may write it: bits of its mode."""
    found = path.stat()
    bits = found.st_mode & (stat.S_IWOTH | stat.S_IWGRP)
    # In a sticky directory nobody takes away what is another's.
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    return 0 if sticky or _read_only(path) else bits


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
