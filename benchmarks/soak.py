"""What an instance takes in a quarter of an hour in which the same customers only change.

Baseline: how much each figure wavers in the second half, by which time every cache is full. Nothing
but the log and the audit log may grow in it: `grown` names what does, `second_half` says by how
much each figure rose, how much it wavers, and whether the rise is certain.

    python benchmarks/soak.py --json [--size MINUTES]
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from callers.instance import Instance, running, settle
from figures import options, report
from soaking.growth import changes, grown
from soaking.load import Load
from soaking.taking import Taken, entries, taken

_MINUTES = 15
_SAMPLES = 90


def main() -> None:
    """Run and report."""
    chosen = options(__doc__ or "", size=_MINUTES)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as directory,
        running(Path(directory) / "data") as instance,
    ):
        report(asyncio.run(_soaked(instance, chosen.size * 60)), chosen)


async def _soaked(instance: Instance, seconds: float) -> Mapping[str, object]:
    began, before = time.monotonic(), entries(instance)
    load = Load(instance, began + seconds)
    running_load = asyncio.create_task(load.run())
    samples: list[Taken] = []
    while not running_load.done():
        await asyncio.wait([running_load], timeout=seconds / _SAMPLES)
        samples.append(taken(instance, time.monotonic() - began))
    await running_load
    await asyncio.to_thread(settle, instance.data)
    samples.append(taken(instance, time.monotonic() - began))
    written = entries(instance) - before
    grew = {name: samples[-1][name] - samples[0][name] for name in ("log_mb", "audit_mb")}
    return {
        "grown": grown(samples),
        "second_half": {name: one._asdict() for name, one in changes(samples).items()},
        # What grows later than this is no cache of ours that fills.
        "filled_s": round(load.filled_at - began),
        "failures": sum(count for kind, count in load.done.items() if kind.endswith("_failed")),
        "failed": dict(load.failed),
        "done": dict(load.done),
        "entries": written,
        "disk_bytes_an_entry": round((grew["log_mb"] + grew["audit_mb"]) * 1e6 / max(1, written)),
        "samples": samples[:: max(1, len(samples) // 10)],
    }


if __name__ == "__main__":
    main()
