"""What was read of a file, kept until it is sent: the file itself is read once.

A file that changes meanwhile is thus sent as it was checked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType

from c360_cli.imports.opening import Raw
from c360_cli.imports.refusals import ImportRefused

_IN_MEMORY = 1024 * 1024


class Copy:
    """Bytes, in the order in which they were added.

    More than `in_memory` of them stand in a file without a name, in `directory` if there is one.
    """

    def __init__(self, directory: Path | None = None, in_memory: int = _IN_MEMORY) -> None:
        place = str(directory) if directory is not None and directory.is_dir() else None
        self._file = SpooledTemporaryFile(max_size=in_memory, dir=place)  # noqa: SIM115
        self._hash = hashlib.sha256()

    def __enter__(self) -> Copy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return self._hash.hexdigest()

    def add(self, piece: bytes) -> None:
        """The next bytes. Raises `ImportRefused` when there is no room for them."""
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            message = f"there is no room for a copy of the file: {error.strerror}"
            raise ImportRefused(message, code="IMPORT_COPY_FAILED") from error

    def bytes(self) -> Raw:
        """All of them from the first; nothing is added any more."""
        self._file.seek(0)
        return self._file


class CopyingReader:
    """Reads a file into a copy."""

    def __init__(self, file: Raw, copy: Copy) -> None:
        self._file = file
        self._copy = copy

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, which the copy has from now on."""
        piece = self._file.read(size)
        self._copy.add(piece)
        return piece
