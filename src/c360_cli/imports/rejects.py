"""The reject file: the rows that were refused and why, to be mended and imported again."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import orjson
from c360_mapping import json_numbers
from c360_mapping.jsonlines import is_reject
from c360_mapping.refusals import InputRefused

from c360_cli.imports.opening import opened, unpacked
from c360_cli.imports.reading import first_line
from c360_cli.imports.refusals import ImportRefused

_OWNER_ONLY = 0o600


class RejectFile:
    """JSON Lines, one refused row each, made at the first one and readable by its owner alone.

    What an interrupted import wrote after its last checkpoint (`keep_bytes`) is cut off.
    """

    def __init__(self, path: Path, keep_bytes: int) -> None:
        _refuse_other_file(path)
        self.path = path
        self._file: BinaryIO | None = None
        if keep_bytes:
            os.truncate(path, keep_bytes)
        else:
            path.unlink(missing_ok=True)

    def __enter__(self) -> RejectFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: int, code: str, path: str, message: str, row_id: str, raw: object) -> None:
        """One refused row; `raw` holds it as it was read, `path` names the field at fault."""
        entry = {
            "line": line,
            "code": code,
            "path": path,
            "message": message,
            "rowId": row_id,
            "raw": raw,
        }
        self._opened().write(json_numbers.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> int:
        """Hands everything to the system; the file's length in bytes."""
        if self._file is None:
            return self.path.stat().st_size if self.path.exists() else 0
        self._file.flush()
        return self._file.tell()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER_ONLY)
            self._file = os.fdopen(handle, "ab")
        return self._file


def _refuse_other_file(path: Path) -> None:
    if path.exists() and path.stat().st_size and not _is_reject_file(path):
        message = f"{path} exists and is not a reject file"
        raise ImportRefused(message, code="REJECTS_FILE_EXISTS")


def _is_reject_file(path: Path) -> bool:
    try:
        with opened(path) as file:
            return is_reject(first_line(unpacked(file))[0])
    except (OSError, EOFError, zlib.error, InputRefused):
        return False
