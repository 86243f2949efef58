"""What the doors take and give: tracking calls, an import and an export, beside the bare log.

A gateway runs in a process of its own on embedded stores, over real HTTP; projections do not run
beside it. Of calls the processor time of that process counts, so that a busy machine changes
little. Imports and exports are told by the clock, from the command's side, whose memory is told at
10,000 rows and at `--rows`; exports also by the processor time of the gateway and the command.

    python benchmarks/doors.py --json
    python benchmarks/doors.py --json --rows 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
from pathlib import Path

from entering.bare import bare
from entering.calls import batches, singles
from entering.files import imported, taken_out
from entering.served import prepared, serving
from figures import report
from gateways.measuring import cpu_seconds
from worlds import append_all, record_entries

from c360_cli.assembly import assemble
from c360_cli.projections.draining import drain

_FEW = 10_000


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=5_000, help="single calls; four times batched")
    parser.add_argument("--rows", type=int, default=_FEW, help="rows of the larger import")
    parser.add_argument("--records", type=int, default=4_000, help="records whose people come out")
    return parser.parse_args()


def _calls(data: Path, size: int) -> dict[str, float]:
    key = prepared(data)
    with serving(data) as served:
        singles(served, key, -100, 100)
        single = singles(served, key, 0, size)
        batched = batches(served, key, size, 4 * size)
    return {
        "single_per_s": round(single.per_core),
        "batched_per_s": round(batched.per_core),
        "single_by_clock_per_s": round(single.by_clock),
        "batched_by_clock_per_s": round(batched.by_clock),
    }


def _imports(data: Path, rows: int) -> dict[str, object]:
    prepared(data)
    with serving(data) as served:
        few = imported(data, served.url, _FEW)
        many = imported(data, served.url, rows) if rows != _FEW else few
    memory = {str(one.rows): round(one.rss_mb) for one in (few, many)}
    return {"import_rows_per_s": round(many.per_s), "rss_mb": memory}


def _exports(data: Path, records: int) -> dict[str, object]:
    prepared(data)
    asyncio.run(_filled(data, records))
    with serving(data) as served:
        # The first answer is of a gateway that has prepared nothing yet.
        taken_out(data, served.url)
        before = cpu_seconds(served.pid)
        taken = taken_out(data, served.url)
        spent = cpu_seconds(served.pid) - before + taken.cpu_s
    return {
        "export_rows_per_s": round(taken.per_s),
        "export_rows_per_core_s": round(taken.rows / spent),
        "export_rows": taken.rows,
        "export_rss_mb": round(taken.rss_mb),
    }


async def _filled(data: Path, records: int) -> None:
    instance = assemble(data)
    # Their keys are made before there is a log that was made under them.
    services, log = instance.services, instance.open_log()
    await append_all(log, record_entries(instance.catalog, records))
    await drain(services, log)
    await log.close()


def main() -> None:
    """Run and report rates and memory."""
    multiprocessing.set_start_method("spawn")
    chosen = _options()
    with tempfile.TemporaryDirectory() as directory:
        called, empty, read, out = (Path(directory, name) for name in ("in", "bare", "csv", "out"))
        calls = _calls(called, chosen.size)
        log = asyncio.run(bare(called, empty))
        figures: dict[str, object] = {
            **calls,
            **_imports(read, chosen.rows),
            **_exports(out, chosen.records),
            "baseline_append_per_s": round(log.appended_per_s),
            "baseline_read_per_s": round(log.read_per_s),
        }
    for name in ("single", "batched"):
        figures[f"ratio_{name}_to_append"] = round(calls[f"{name}_per_s"] / log.appended_per_s, 3)
    report(figures, chosen)


if __name__ == "__main__":
    main()
