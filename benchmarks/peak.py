"""The most memory that a process ever had."""

from __future__ import annotations

import os
from pathlib import Path


def peak_mb(pid: int | None = None) -> float:
    """Of a process, this one if none is named, in MiB.

    `ru_maxrss` would not do: a process that was just started has the peak of whoever started it.
    """
    lines = Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines()
    (most,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(most) / 1_024
