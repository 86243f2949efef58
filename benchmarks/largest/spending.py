"""What a call takes: milliseconds by the clock, and of processors in the instance."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from callers.instance import Instance


class Spent(NamedTuple):
    """Milliseconds: the median, the longest, and processor time (median)."""

    ms: float
    longest_ms: float
    cpu_ms: float


def median_of(instance: Instance, calls: Sequence[Callable[[], None]]) -> Spent:
    """Of several calls, one after the other."""
    walls: list[float] = []
    spent: list[float] = []
    for call in calls:
        before, began = cpu_ms(instance), time.perf_counter()
        call()
        walls.append((time.perf_counter() - began) * 1e3)
        spent.append(cpu_ms(instance) - before)
    middle = statistics.median
    return Spent(round(middle(walls), 1), round(max(walls), 1), round(middle(spent), 1))


def cpu_ms(instance: Instance) -> float:
    """Milliseconds that processors spent on an instance so far."""
    ns = 0
    for pid in instance.pids():
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                ns += int(path.read_text().split()[0])
    return ns / 1e6
