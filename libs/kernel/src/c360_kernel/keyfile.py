"""Secrets kept in files: 32 random bytes as hex, made when first asked for."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.new_file import make_whole

_BYTES = 32
_OWNER_ONLY = 0o600
_OTHERS = 0o007
_GROUP_WRITE = 0o020


def secret_of(path: Path) -> bytes:
    """The secret in a file; the file is made if there is none.

    A file that others may read, or that is no such secret, is refused (`SettingsError`,
    KEY_FILE_EXPOSED or KEY_FILE_INVALID). A group may read it, as mounted secrets have it.
    """
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    make_whole(path, secrets.token_hex(_BYTES).encode(), _OWNER_ONLY)
    return _read(path)


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise SettingsError(f"{path.name} is a directory", code="KEY_FILE_INVALID")
    if path.stat().st_mode & (_OTHERS | _GROUP_WRITE):
        raise SettingsError(f"{path.name} is open to others: chmod 600 it", code="KEY_FILE_EXPOSED")
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise SettingsError(
            f"{path.name} is not a secret of {2 * _BYTES} hex digits", code="KEY_FILE_INVALID"
        )
    return secret
