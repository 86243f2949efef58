"""Days that are over, each as one file of Parquet, which cannot be appended to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import orjson
from c360_kernel.parquet import write_parquet

from c360_activation.handlers.channels.day_files import cut_to_lines

OPEN = "rows"
"""The ending of a day that is not over: JSON lines."""
_CLOSED = "parquet"


def close_days(folder: Path, before: str) -> None:
    """Make a file of each day before this one, and remove its lines once it is on the disk.

    Whatever is killed between the two makes one more file, whose rows have the same ids. Raises
    `SettingsError` (PARQUET_MISSING), `OSError`.
    """
    for path in sorted(folder.glob(f"*.{OPEN}")):
        if path.stem < before:
            if cut_to_lines(path):
                write_parquet(path, _free(folder, path.stem), _columns(path))
            path.unlink()


def _free(folder: Path, day: str) -> Path:
    names = (f"{day}{f'.{number}' if number > 1 else ''}.{_CLOSED}" for number in count(1))
    return next(path for path in map(folder.joinpath, names) if not path.exists())


def _columns(path: Path) -> Sequence[str]:
    """Those of all lines, in the order in which they were first there."""
    found: dict[str, None] = {}
    with path.open("rb") as lines:
        for line in lines:
            found |= dict.fromkeys(orjson.loads(line))
    return list(found)
