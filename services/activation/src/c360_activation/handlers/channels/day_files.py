"""Files of lines, one a day, to which whole lines are appended and nothing else.

A line that a killed process began is cut off before the next one: it was never told of as written,
and comes again. Where the head of a file is another by now, the day has another file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_OWNER, _FOLDER = 0o600, 0o700
_BACK = 65_536


class DayFiles:
    """The files of one folder, whose names end so."""

    def __init__(self, folder: Path, ending: str) -> None:
        self._folder, self._ending = folder, ending

    def prepare(self) -> None:
        """Make the folder. Raises `OSError` where that or writing in it is not possible."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise PermissionError(str(self._folder))

    def append(self, day: str, head: bytes, line: bytes) -> Path:
        """Put a line at the end of the file of a day, on the disk; where it is now."""
        self.prepare()
        path = next(one for one in self._named(day) if _takes(one, head))
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER)
        with os.fdopen(descriptor, "r+b") as file:
            end = _end_of_lines(file.fileno())
            file.truncate(end)
            file.seek(end)
            file.write(line if end else head + line)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync(self._folder)
        return path

    def _named(self, day: str) -> Iterator[Path]:
        yield self._folder / f"{day}.{self._ending}"
        for number in count(2):
            yield self._folder / f"{day}.{number}.{self._ending}"


def _takes(path: Path, head: bytes) -> bool:
    """Whether a file has this head, or none yet."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        begun = file.read(len(head))
        # A head that is longer begins like this one, too.
        return begun == head or b"\n" not in begun + file.readline()


def cut_to_lines(path: Path) -> int:
    """Cut off what a killed process began; how many bytes of whole lines are left."""
    with path.open("r+b") as file:
        end = _end_of_lines(file.fileno())
        file.truncate(end)
    return end


def _end_of_lines(file: int) -> int:
    """Behind the last whole line."""
    end = os.fstat(file).st_size
    while end:
        begin = max(end - _BACK, 0)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
