"""How every benchmark reports: percentiles, and one JSON object on the last line."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Question = Callable[[], Awaitable[object]]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def options(description: str, size: int, kept: bool = False) -> argparse.Namespace:
    """`--json` for one line only, `--size` for how much work, `--data` for what may be kept."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=size, help="how much work")
    if kept:
        parser.add_argument("--data", type=Path, help="a directory that is filled once and kept")
    return parser.parse_args()


def report(figures: Mapping[str, object], chosen: argparse.Namespace) -> None:
    """Print the figures."""
    if not chosen.json:
        for name, value in figures.items():
            print(f"{name}: {value}")
    print(json.dumps(figures))


class Taken(NamedTuple):
    """Milliseconds of each question, by the clock and of processors.

    On a machine busy with other work the clock tells of that work.
    """

    wall: list[float]
    cpu: list[float]


async def latencies(asked: Sequence[Question]) -> Taken:
    """One after the other."""
    taken = Taken([], [])
    for question in asked:
        began, spent = time.perf_counter(), time.process_time()
        await question()
        taken.wall.append(1_000 * (time.perf_counter() - began))
        taken.cpu.append(1_000 * (time.process_time() - spent))
    return taken


def told(name: str, taken: Taken) -> Mapping[str, float]:
    """The percentiles of some questions."""
    return {
        f"{name}_p50_ms": percentile(taken.wall, 0.5),
        f"{name}_p99_ms": percentile(taken.wall, 0.99),
        f"{name}_cpu_p99_ms": percentile(taken.cpu, 0.99),
    }
