"""Which files the embedded stores of an instance are in: each has its own, and none the log's.

A store that is at fault is made anew by a command, which puts another file in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
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
    for other in NAMES:
        if other != name:
            yield f"the {other} store", _file_of(directory, other, _url_of(directory, other))


def _url_of(directory: DataDirectory, name: str) -> str | None:
    """What the settings say; an image of one service has the settings of no other."""
    spec = service_named(name)
    with suppress(ImportError):
        return getattr(spec.settings(data=directory.root), spec.store_setting)
    return None


def _file_of(directory: DataDirectory, name: str, url: str | None) -> Path | None:
    """None of a store on a server; what is no URL of a file is refused where that is opened."""
    if url is None:
        return directory.store(name)
    with suppress(SettingsError):
        return sqlite_path(url, service_named(name).store_setting)
    return None
