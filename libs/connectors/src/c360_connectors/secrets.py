"""Secrets of a connector: each in a file of its own, never in the connector's file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.secret_files import private_text

from c360_connectors.templates import SECRET


def secrets_in(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Secrets by the names of their places, each the one line of the file of its name.

    Raises `SettingsError`: CONNECTOR_SECRET_MISSING, KEY_FILE_EXPOSED.
    """
    return {f"{SECRET}{name}": _secret(folder / name) for name in sorted(names)}


def _secret(path: Path) -> str:
    try:
        found = private_text(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"there is no secret in {path}: put it there, and chmod 600 it"
        raise SettingsError(message, code="CONNECTOR_SECRET_MISSING") from error
    if not found or len(found.splitlines()) > 1:
        message = f"{path} holds one line: the secret"
        raise SettingsError(message, code="CONNECTOR_SECRET_MISSING")
    return found
