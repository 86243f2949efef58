"""Secrets that stand in files, which nobody but their owner's group may read."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.errors import SettingsError

MISSING = "DESTINATION_SECRET_MISSING"
_OTHERS = 0o007
_GROUP_WRITE = 0o020


def private_text(path: Path) -> str:
    """What a file says. Raises `SettingsError` (KEY_FILE_EXPOSED) where others may read it.

    Raises `OSError` and `UnicodeDecodeError` as any reading does.
    """
    if path.stat().st_mode & (_OTHERS | _GROUP_WRITE):
        raise SettingsError(f"{path.name} is open to others: chmod 600 it", code="KEY_FILE_EXPOSED")
    return path.read_text("utf-8")


def secret_in(path: Path) -> str:
    """The one secret of a file. Raises `SettingsError` (DESTINATION_SECRET_MISSING) for none."""
    try:
        found = private_text(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"there is no {path.name} to be read", code=MISSING) from error
    if not found:
        raise SettingsError(f"{path.name} holds no secret", code=MISSING)
    return found
