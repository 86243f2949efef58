"""Secrets of a connector: each in a file of its own, never in the connector's file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.secret_files import private_text

from c360_connectors.templates import SECRET


def secrets_in(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Secrets by the names of their places, each the first line of the file of its name.

    Raises as `lines_in`.
    """
    return {name: lines[0] for name, lines in lines_in(folder, names).items()}


def lines_in(folder: Path, names: Collection[str]) -> Mapping[str, Sequence[str]]:
    """All that hold of each secret, the newest first: two while one is replaced.

    Raises `SettingsError`: CONNECTOR_SECRET_MISSING, KEY_FILE_EXPOSED.
    """
    return {f"{SECRET}{name}": _lines(folder / name) for name in sorted(names)}


def _lines(path: Path) -> Sequence[str]:
    try:
        found = [line.strip() for line in private_text(path).splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        message = f"there is no secret in {path}: put it there, and chmod 600 it"
        raise SettingsError(message, code="CONNECTOR_SECRET_MISSING") from error
    if not found:
        raise SettingsError(f"{path} holds no secret", code="CONNECTOR_SECRET_MISSING")
    return found
