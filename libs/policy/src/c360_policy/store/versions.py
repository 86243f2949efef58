"""The text of everything that was in force, by the version that the audit names."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_OWNER_ONLY = 0o600


class VersionFiles:
    """One file a version, written once and never changed: `VERSION.csv`, closed to others."""

    def __init__(self, directory: Path, suffix: str = ".csv") -> None:
        self.directory = directory
        self._suffix = suffix

    def holds(self, version: str) -> bool:
        """Whether this version was in force before."""
        return self._file(version).exists()

    def named(self, beginning: str) -> Sequence[str]:
        """The versions that begin so."""
        return sorted(one.stem for one in self._all() if one.stem.startswith(beginning))

    def text(self, version: str) -> str:
        """The text of a version that is held."""
        return self._file(version).read_text("utf-8")

    def times(self) -> Mapping[str, int | None]:
        """Every version that is held, with when it was kept (ms UTC)."""
        return {one.stem: int(one.stat().st_mtime * 1000) for one in self._all()}

    def keep(self, version: str, text: str) -> None:
        """Keep the text of a version, unless there is one. Raises `OSError`."""
        if not self.holds(version):
            write_once(self._file(version), text)

    def _all(self) -> Iterable[Path]:
        return self.directory.glob(f"*{self._suffix}")

    def _file(self, version: str) -> Path:
        return self.directory / f"{version}{self._suffix}"


def write_once(target: Path, text: str) -> None:
    """Write a whole file where there is none; of several writers the first one wins."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = _write_aside(target, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(aside, target)
    finally:
        aside.unlink()


def replace_whole(target: Path, text: str) -> None:
    """Put a whole file in place of another, or of none, so that a crash leaves either.

    It belongs to whom the one before belonged, and is as open, but for others' writing.
    """
    aside = _write_aside(target, text)
    try:
        if target.exists():
            _make_alike(aside, target.stat())
        aside.replace(target)
    except OSError:
        aside.unlink()
        raise
    _sync(target.parent)


def _make_alike(aside: Path, before: os.stat_result) -> None:
    # Root may publish for a service that runs as somebody else; others keep their own files.
    with contextlib.suppress(PermissionError):
        os.chown(aside, before.st_uid, before.st_gid)
    aside.chmod(before.st_mode & 0o775)


def _write_aside(target: Path, text: str) -> Path:
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(descriptor)
    return aside


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
