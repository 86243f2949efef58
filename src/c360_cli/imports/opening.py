"""Opens inputs to import: files, pipes and standard input, plain or gzip."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from c360_mapping.refusals import InputRefused

STDIN = Path("-")
_GZIP_MAGIC = b"\x1f\x8b"

Read = Callable[[int], bytes]
"""Reads at most so many bytes, as they come; none at the end."""


class Raw(Protocol):
    """Bytes as they come."""

    def read(self, size: int = ..., /) -> bytes:
        """At most so many; none at the end."""
        ...


class Buffered(Protocol):
    """A buffered reader, or gzip's."""

    def read1(self, size: int = ..., /) -> bytes:
        """At most so many bytes, as they come; none at the end."""
        ...

    def readline(self, size: int | None = ..., /) -> bytes:
        """The next line, with its end."""
        ...


def is_stream(path: Path) -> bool:
    """Whether it can be read once only: standard input, a pipe, a device."""
    return path == STDIN or (path.exists() and not path.is_file() and not path.is_dir())


def name_of(path: Path) -> str:
    """What it is called in messages, and its reject file by."""
    return "stdin" if path == STDIN else path.name


def opened(path: Path) -> BinaryIO:
    """Its bytes as they are. Raises `InputRefused` (FILE_NOT_FOUND)."""
    if path == STDIN:
        return cast("BinaryIO", io.FileIO(sys.stdin.fileno(), closefd=False))
    if not is_stream(path) and not path.is_file():
        raise InputRefused(f"{path} is not a file", code="FILE_NOT_FOUND")
    return cast("BinaryIO", path.open("rb", buffering=0))


def unpacked(file: Raw) -> Buffered:
    """The content, unpacked if it is gzip (by its first bytes, not by its name)."""
    magic = file.read(1)
    magic += file.read(1) if magic else b""
    whole = put_back(magic, file.read)
    return gzip.GzipFile(fileobj=whole) if magic == _GZIP_MAGIC else whole


def put_back(head: bytes, read: Read) -> io.BufferedReader:
    """What `head` was read of, with the rest of it."""
    return io.BufferedReader(_PutBack(head, read), buffer_size=1 << 16)


class _PutBack(io.RawIOBase):
    def __init__(self, head: bytes, read: Read) -> None:
        self._head = head
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        taken = self._head[: len(buffer)] or self._read(len(buffer))
        self._head = self._head[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)
