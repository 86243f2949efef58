"""Files of JSON lines that are only ever added to."""

from __future__ import annotations

import os
from pathlib import Path

_OWNER_AND_GROUP = 0o640


def append_line(file: Path, line: str) -> None:
    """Add a line; whoever reads meanwhile sees all of it or none. The file is made if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_bytes() if file.exists() else b""
    start = b"\n" if before and not before.endswith(b"\n") else b""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_AND_GROUP)
    try:
        os.write(descriptor, start + line.encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
