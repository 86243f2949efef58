"""A file is read once: what is sent is a copy of what was looked through."""

from __future__ import annotations

import errno
import gzip
import os
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import pytest
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import InputRefused
from hypothesis import given
from hypothesis import strategies as st

from c360_cli.imports import survey
from c360_cli.imports.copying import Copy, CopyingReader
from c360_cli.imports.opening import opened
from c360_cli.imports.survey import surveyed

if TYPE_CHECKING:
    from conftest import Bench

EVENTS = (
    "format: csv\nkind: events\nkey: id\nevent: {constant: order_completed}\n"
    "occurredAt: {constant: '2026-01-02T00:00:00Z'}\nproperties: {amount: amount}\n"
)
ROWS = "id,amount\n" + "".join(f"k{number},{number}\n" for number in range(3_000))


class Counting:
    """A file that counts the bytes that are read of it."""

    def __init__(self, path: Path) -> None:
        self._file = opened(path)
        self.read_bytes = 0

    def __enter__(self) -> Counting:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size)
        self.read_bytes += len(piece)
        return piece


_watched: list[tuple[Path, list[object]]] = []


def _note(event: str, stated: tuple[object, ...]) -> None:
    if event == "open":
        for path, opens in _watched:
            if isinstance(stated[0], (str, bytes)) and os.fsdecode(stated[0]) == str(path):
                opens.append(stated)


sys.addaudithook(_note)


@contextmanager
def opens_of(path: Path) -> Iterator[list[object]]:
    """Every time that this process opens a file, by whatever way, within a block."""
    opens: list[object] = []
    _watched.append((path, opens))
    try:
        yield opens
    finally:
        _watched.remove((path, opens))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_whole_import_opens_and_reads_its_file_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, pack: type[bytes]
) -> None:
    files: list[Counting] = []
    monkeypatch.setattr(survey, "opened", lambda path: files.append(Counting(path)) or files[-1])
    file = bench.write("rows.csv", pack(ROWS.encode()))
    with opens_of(file) as opens:
        summary = bench.run(file, EVENTS, batch=1_000)
    assert (summary.progress.accepted, len(bench.instance.items)) == (3_000, 3_000)
    assert len(opens) == 1
    assert [one.read_bytes for one in files] == [file.stat().st_size]


@pytest.mark.parametrize("change", [lambda file: file.write_text("id\n"), Path.unlink])
def test_a_file_that_changes_meanwhile_is_sent_as_it_was_checked(
    tmp_path: Path, change: type[object]
) -> None:
    file = tmp_path / "rows.csv"
    # More than is read ahead of a file that was just opened.
    file.write_text("id,amount\n" + "".join(f"k{number},{number}\n" for number in range(60_000)))
    with surveyed(file, parse_mapping(EVENTS)) as source:
        change(file)
        assert [row.cells["id"] for row in source.rows] == [f"k{n}" for n in range(60_000)]


def test_a_copy_takes_no_more_memory_however_long_it_is(tmp_path: Path) -> None:
    piece = bytes(1 << 18)
    tracemalloc.start()
    try:
        with Copy(tmp_path) as copy:
            for _ in range(80):
                copy.add(piece)
            _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000


@given(pieces=st.lists(st.binary(max_size=40), max_size=12), in_memory=st.integers(1, 100))
def test_a_copy_is_what_was_read_in_memory_or_not(pieces: list[bytes], in_memory: int) -> None:
    class Pieces:
        def __init__(self) -> None:
            self.left = iter(pieces)

        def read(self, size: int = -1, /) -> bytes:
            return next(self.left, b"")

    with Copy(in_memory=in_memory) as copy, Copy() as other:
        reader = CopyingReader(Pieces(), copy)
        read = b"".join(reader.read(40) for _ in pieces)
        other.add(read)
        assert copy.bytes().read(-1) == read == b"".join(pieces)
        assert copy.digest == other.digest


def test_a_large_copy_stands_in_the_data_directory_without_a_name(tmp_path: Path) -> None:
    with Copy(tmp_path, in_memory=10) as copy:
        copy.add(b"x" * 11)
        assert list(tmp_path.iterdir()) == []
        open_files = [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
        assert any(one.startswith(f"{tmp_path}/") for one in open_files)


def test_no_room_for_a_copy_refuses_the_import(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, piece: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = bench.write("rows.csv", ROWS)
    monkeypatch.setattr(SpooledTemporaryFile, "write", full)
    with pytest.raises(InputRefused, match="no room for a copy") as caught:
        bench.run(file, EVENTS)
    assert caught.value.code == "IMPORT_COPY_FAILED"
    assert bench.instance.requests == []
