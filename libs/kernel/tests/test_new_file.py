"""A file that is made once is whole or is not there."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any, NoReturn

import pytest
from c360_kernel.catalog import copy_default_catalog
from c360_kernel.errors import Transient
from c360_kernel.keyfile import secret_of
from c360_kernel.new_file import make_whole
from c360_kernel.sqlite import store_errors


class FullDisk:
    """A file that takes the beginning of what is written, and then there is no room."""

    def __init__(self, descriptor: int, mode: str) -> None:
        self._file = open(descriptor, mode)  # noqa: SIM115

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> NoReturn:
        self._file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: make_whole(folder / "new" / "file", b"content"),
        copy_default_catalog,
        lambda folder: secret_of(folder / "keys" / "token.key"),
    ],
)
def test_a_full_disk_is_told_by_the_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", FullDisk)
        with pytest.raises(OSError, match="No space") as failed:
            make(tmp_path)
    assert str(tmp_path) in failed.value.filename
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
    make(tmp_path)
    (made,) = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert made == Path(failed.value.filename)


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    make_whole(tmp_path / "file", b"first")
    make_whole(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize(("free", "code"), [(0, "STORE_FULL"), (10**9, "STORE_DISK")])
def test_a_file_that_cannot_be_written_where_there_is_no_room_says_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, code: str
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(Transient) as refusal, store_errors(tmp_path / "log.db"):
        raise failed
    assert refusal.value.code == code
    assert "log.db" in refusal.value.message
