"""What the doors take and give: tracking calls, an import and an export, beside the bare log.

A gateway runs in a process of its own on embedded stores, over real HTTP; projections do not run
beside it. Of calls the processor time of that process counts, so that a busy machine changes
little. Imports and exports are told by the clock, from the command's side, and by the processor
time of the gateway and the command, whose most memory is told at 10,000 rows, at 100,000 and at
`--rows`, or `--customers`, as far as these are more.

    python benchmarks/doors.py --json
    python benchmarks/doors.py --json --rows 1000000 --customers 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
from pathlib import Path

from entering.bare import bare
from entering.calls import batches, singles
from entering.files import Moved, first_page, imported, taken_out
from entering.people import people
from entering.served import Served, prepared, serving
from figures import report
from gateways.measuring import cpu_seconds

_FEW, _MANY = 10_000, 100_000


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=5_000, help="single calls; four times batched")
    parser.add_argument("--rows", type=int, default=_FEW, help="rows of the larger import")
    parser.add_argument("--customers", type=int, default=_FEW, help="of the larger export")
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


def _sizes(most: int) -> list[int]:
    """What is remembered of customers, and of pages of files, is full before the second."""
    return sorted({_FEW, most} | ({_MANY} if most > _MANY else set()))


def _imports(data: Path, rows: int) -> dict[str, object]:
    prepared(data)
    command: dict[str, int] = {}
    gateway: dict[str, int] = {}
    rates: dict[str, object] = {}
    for count in _sizes(rows):
        with serving(data) as served:
            taken = imported(data, served.url, count)
            spent = cpu_seconds(served.pid) + taken.cpu_s
            command[str(count)], gateway[str(count)] = round(taken.rss_mb), round(served.rss_mb)
        rates = {
            "import_rows_per_s": round(taken.per_s),
            "import_rows_per_core_s": round(taken.rows / spent),
        }
    return {**rates, "rss_mb": command, "import_gateway_rss_mb": gateway}


def _exports(data: Path, customers: int) -> dict[str, object]:
    prepared(data)
    command: dict[str, int] = {}
    gateway: dict[str, int] = {}
    rates: dict[str, object] = {}
    there = 0
    for count in _sizes(customers):
        asyncio.run(people(data, there, count))
        there = count
        with serving(data) as served:
            taken, spent = _taken_out(data, served)
            command[str(count)], gateway[str(count)] = round(taken.rss_mb), round(served.rss_mb)
        rates = {
            "export_rows_per_s": round(taken.per_s),
            "export_rows_per_core_s": round(taken.rows / spent),
            "export_rows": taken.rows,
        }
    return {**rates, "export_rss_mb": command, "export_gateway_rss_mb": gateway}


def _taken_out(data: Path, served: Served) -> tuple[Moved, float]:
    """What it came to, and the processor time of both sides."""
    # The first answer is of a gateway that has prepared nothing yet.
    first_page(data, served.url)
    before = cpu_seconds(served.pid)
    taken = taken_out(data, served.url)
    return taken, cpu_seconds(served.pid) - before + taken.cpu_s


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
            **_exports(out, chosen.customers),
            "baseline_append_per_s": round(log.appended_per_s),
            "baseline_read_per_s": round(log.read_per_s),
        }
    for name in ("single", "batched"):
        figures[f"ratio_{name}_to_append"] = round(calls[f"{name}_per_s"] / log.appended_per_s, 3)
    figures["ratio_import_to_append"] = _ratio(
        figures["import_rows_per_core_s"], log.appended_per_s
    )
    figures["ratio_export_to_read"] = _ratio(figures["export_rows_per_core_s"], log.read_per_s)
    report(figures, chosen)


def _ratio(rate: object, baseline: float) -> float:
    return round(float(str(rate)) / baseline, 3)


if __name__ == "__main__":
    main()
