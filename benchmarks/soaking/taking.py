"""What an instance takes at a moment: memory, descriptors, threads, files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from callers.instance import Instance

_C360 = str(Path(sys.executable).with_name("c360"))
_MB = 1e6
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


def _listed(instance: Instance, kind: str) -> int:
    return sum(len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for pid in instance.pids())
