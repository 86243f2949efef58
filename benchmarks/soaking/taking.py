"""What an instance takes at a moment: memory, descriptors, threads, files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from callers.instance import Instance

_C360 = str(Path(sys.executable).with_name("c360"))
_MB = 1e6
TOLERATED: Mapping[str, tuple[float, float]] = {
    "rss_mb": (0.06, 8),
    "descriptors": (0.0, 12),
    "threads": (0.0, 4),
    "wal_mb": (0.1, 4),
}
"""By figure: the share, and the amount, by which the second half may lie above the first."""

Taken = Mapping[str, float]


def taken(instance: Instance, seconds: float) -> Taken:
    """The figures of now, of all processes of the instance."""
    wals = sum(file.stat().st_size for file in instance.data.rglob("*.db-wal"))
    return {
        "seconds": round(seconds),
        "rss_mb": round(instance.rss_mb(), 1),
        "descriptors": _listed(instance, "fd"),
        "threads": _listed(instance, "task"),
        "wal_mb": round(wals / _MB, 2),
        "log_mb": round((instance.data / "log" / "log.db").stat().st_size / _MB, 2),
        "audit_mb": round((instance.data / "audit.db").stat().st_size / _MB, 2),
    }


def entries(instance: Instance) -> int:
    """How many entries the log holds."""
    command = [_C360, "status", "--json", "--data", str(instance.data)]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return sum(report["log"].values())


def grown(samples: Sequence[Taken]) -> Mapping[str, float]:
    """What is greater in the last quarter than around the middle, beyond what is tolerated."""
    found: dict[str, float] = {}
    for name, (share, amount) in TOLERATED.items():
        middle, last = (
            _median(_part(samples, 0.45, 0.6), name),
            _median(_part(samples, 0.85, 1), name),
        )
        if last > middle * (1 + share) + amount:
            found[name] = round(last - middle, 2)
    return found


def _listed(instance: Instance, kind: str) -> int:
    return sum(len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for pid in instance.pids())


def _part(samples: Sequence[Taken], begin: float, end: float) -> Sequence[Taken]:
    count = len(samples)
    return samples[int(begin * count) : max(int(begin * count) + 1, int(end * count))]


def _median(samples: Sequence[Taken], name: str) -> float:
    return sorted(one[name] for one in samples)[len(samples) // 2]
