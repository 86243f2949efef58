"""`sqlite:///PATH` in a setting."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.errors import SettingsError

SQLITE = "sqlite:///"


def sqlite_path(url: str, setting: str) -> Path | None:
    """The file that a URL names; None for a URL of another kind.

    Raises `SettingsError` (STORE_UNKNOWN) for one that names no file, or options that a file has
    not.
    """
    if not url.startswith("sqlite:"):
        return None
    path = url.removeprefix(SQLITE)
    if not url.startswith(SQLITE) or not path or path.endswith("/") or {"?", "#"} & set(path):
        raise SettingsError(f"{setting} must be {SQLITE}PATH of a file", code="STORE_UNKNOWN")
    return Path(path)
