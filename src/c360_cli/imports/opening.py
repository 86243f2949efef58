"""Opens files to import, plain or gzip."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from c360_mapping.jsonlines import is_reject

_GZIP_MAGIC = b"\x1f\x8b"


def open_bytes(path: Path) -> BinaryIO:
    """The file's content, unpacked if it is gzip (by its first bytes, not by its name)."""
    file = path.open("rb")
    magic = file.read(len(_GZIP_MAGIC))
    file.seek(0)
    if magic != _GZIP_MAGIC:
        return file
    return cast(BinaryIO, gzip.GzipFile(fileobj=file))


def open_text(path: Path, encoding: str) -> TextIO:
    """The file's text with its line ends as they are; a byte order mark is no part of it."""
    decoded = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(open_bytes(path), encoding=decoded, newline="")


def is_reject_file(path: Path) -> bool:
    """Whether the file was written by an import for the rows that it refused."""
    try:
        with open_text(path, "utf-8") as text:
            return is_reject(next((line for line in text if line.strip()), ""))
    except (OSError, EOFError, zlib.error, ValueError):
        return False
