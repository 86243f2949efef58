"""Which files the embedded stores of an instance are in: each has its own, and none the log's.

A store that is at fault is made anew by a command, which puts another file in its place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.sqlite_url import sqlite_path

from c360_cli.directory import DataDirectory
from c360_cli.topology import NAMES, service_named


def refuse_shared(directory: DataDirectory, name: str, url: str | None) -> None:
    """Refuse a store whose file is another part's. Raises `SettingsError` (STORE_UNKNOWN)."""
    setting = f"C360_{service_named(name).store_setting.upper()}"
    ours = _file_of(directory, name, url)
    if ours is None:
        return
    for whose, file in _others(directory, name):
        if file is not None and file.resolve() == ours.resolve():
            raise SettingsError(
                f"{setting} must name a file of its own: {ours} is that of {whose}",
                code="STORE_UNKNOWN",
            )


def _others(directory: DataDirectory, name: str) -> Iterator[tuple[str, Path | None]]:
    yield "the log", directory.log
    yield "the catalog", directory.catalog
    environment = _environment()
    for other in NAMES:
        if other != name:
            url = _url_of(directory.root, other, environment)
            yield f"the {other} store", _file_of(directory, other, url)


def _environment() -> tuple[tuple[str, str], ...]:
    """All that settings are read from."""
    return tuple(one for one in os.environ.items() if one[0].upper().startswith("C360_"))


@lru_cache(maxsize=64)
def _url_of(data: Path, name: str, environment: tuple[tuple[str, str], ...]) -> str | None:
    """What the settings say; an image of one service has the settings of no other.

    Every service asks it of every other at a start, and to read settings takes longest of all
    there: once will do while the environment is the same.
    """
    del environment
    spec = service_named(name)
    with suppress(ImportError):
        return getattr(spec.settings(data=data), spec.store_setting)
    return None


def _file_of(directory: DataDirectory, name: str, url: str | None) -> Path | None:
    """None of a store on a server; what is no URL of a file is refused where that is opened."""
    if url is None:
        return directory.store(name)
    with suppress(SettingsError):
        return sqlite_path(url, service_named(name).store_setting)
    return None
