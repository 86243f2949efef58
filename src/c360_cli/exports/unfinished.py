"""What an export has so far: rows as JSON lines beside its file, and where it goes on.

The state says how many bytes of the rows count, and is replaced whole once a second, so that an
export that is killed at any moment goes on after a whole page. Both files are their owner's alone.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from c360_kernel.errors import Invalid
from c360_kernel.new_file import replace_whole

_OWNER = 0o600
_SAVED_EACH_S = 1.0


class Unfinished:
    """The rows so far of what is `asked`, and the cursor `after` which more come."""

    def __init__(self, out: Path, asked: Sequence[object]) -> None:
        self.rows_file = out.with_name(f"{out.name}.part")
        self._state_file = out.with_name(f"{out.name}.part.json")
        self._asked = hashlib.sha256(orjson.dumps(asked)).hexdigest()
        self.after: str | None = None
        self.count = 0
        self.is_complete = False
        self._bytes = 0
        self._saved = 0.0
        self._take_up()

    def __enter__(self) -> Self:
        """Open the rows behind the last whole page.

        Raises `Invalid` (EXPORT_RUNNING) while another process writes them.
        """
        descriptor = os.open(self.rows_file, os.O_RDWR | os.O_CREAT, _OWNER)
        self._file = os.fdopen(descriptor, "r+b")
        try:
            self._hold()
            # Whoever held it before may have come further, or to its end and forgotten it all.
            self._take_up()
        except Invalid:
            self._file.close()
            raise
        self._file.truncate(self._bytes)
        self._file.seek(self._bytes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Close them; an export that came to no page leaves nothing behind."""
        if self.count and not self.is_complete:
            self._save()
        self._file.close()
        if kind is not None and self.after is None and not self.is_complete:
            self.remove()

    def add(self, rows: Sequence[Mapping[str, Any]], after: str | None) -> None:
        """Keep a page, and the cursor behind it; None says that it was the last one."""
        self._file.write(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        self.count, self._bytes = self.count + len(rows), self._file.tell()
        self.after, self.is_complete = after, after is None
        if self.is_complete or time.monotonic() - self._saved >= _SAVED_EACH_S:
            self._save()

    def remove(self) -> None:
        """Forget it all: first of all that there is anything to go on with."""
        for one in (self._state_file, self.rows_file):
            one.unlink(missing_ok=True)

    def _hold(self) -> None:
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            message = f"{self.rows_file} is being written: an export to this file runs already"
            raise Invalid(message, code="EXPORT_RUNNING") from error

    def _save(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._saved = time.monotonic()
        state = {
            "asked": self._asked,
            "after": self.after,
            "rows": self.count,
            "bytes": self._bytes,
        }
        replace_whole(self._state_file, orjson.dumps(state), _OWNER)

    def _held(self) -> int:
        return self.rows_file.stat().st_size if self.rows_file.exists() else 0

    def _take_up(self) -> None:
        self.after, self.count, self.is_complete, self._bytes = None, 0, False, 0
        if not self._state_file.exists():
            return
        try:
            state = orjson.loads(self._state_file.read_bytes())
            asked, after = state["asked"], state["after"]
            self.count, self._bytes = int(state["rows"]), int(state["bytes"])
        except (ValueError, KeyError, TypeError):
            asked, after = "", None
        if asked != self._asked or self._held() < self._bytes:
            message = f"{self.rows_file} is of another export: finish it, or remove both files"
            raise Invalid(message, code="EXPORT_OTHER")
        self.after, self.is_complete = after, after is None
