"""`sqlite:///PATH` in a setting."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.errors import SettingsError

SQLITE = "sqlite:///"
_SIGNS = frozenset("?#")
_IN_MEMORY = ":"
"""What a path must not begin with: `:memory:` would be gone with its process."""


def sqlite_path(url: str, setting: str) -> Path | None:
    """The file that a URL names; None for a URL of another kind.

    Raises `SettingsError` (STORE_UNKNOWN) for one that names no file, or options that a file has
    not.
    """
    if not url.startswith("sqlite:"):
        return None
    path = url.removeprefix(SQLITE)
    is_file = bool(path) and not path.endswith("/") and not path.startswith(_IN_MEMORY)
    if not url.startswith(SQLITE) or not is_file or not path.isprintable() or _SIGNS & set(path):
        raise SettingsError(f"{setting} must be {SQLITE}PATH of a file", code="STORE_UNKNOWN")
    if Path(path).is_dir():
        raise SettingsError(f"{setting} names a directory, and no file", code="STORE_UNKNOWN")
    return Path(path)


def only_sqlite(url: str | None, default: Path, setting: str, why: str = "") -> Path:
    """The file of a store that has no other adapter: the default, or what a URL names.

    `why` ends the message. Raises `SettingsError` (STORE_UNKNOWN) for a URL of another kind.
    """
    path = default if url is None else sqlite_path(url, setting)
    if path is None:
        raise SettingsError(f"{setting} must be {SQLITE}PATH{why}", code="STORE_UNKNOWN")
    return path
