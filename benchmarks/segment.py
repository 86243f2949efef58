"""Segments: everybody at once beside DuckDB, saved ones combined, and changes while they come.

Customers and events are loaded straight into an embedded store. A segment of four conditions (two
traits, a count of events that pass a test, no event of a kind lately) is then found as a preview
finds it (`batch_ms`); baseline is plain SQL over the same rows in DuckDB, in memory (`duckdb_ms`,
null where it is not installed: `pip install duckdb`). They are asked in turn, three times each, and
the middle is told; `batch_cpu_ms` and `duckdb_cpu_ms` are what that took of processors. `rss_mb` is
the most memory of the process that answers from the store.
`recombine_ms` is the slowest of an intersection, a union and a difference of kept segments.

With 500 segments of four conditions live, events of a sample of customers with a history come in:
how many a second of one core's time (`events_per_s`), each of which changes so many memberships
(`changes_per_event`); one at a time from the append until another reader has the membership
(`visible_p99_ms`, by the clock); and from the end of a window, with nothing happening, until
another reader sees it (`expiry_late_p99_ms`, by the clock). `one_condition` is the same with
segments of one condition each, no trait among them: an event changes very many memberships at once.

    python benchmarks/segment.py --customers 100000 --events 1000000 --json
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from c360_kernel.stamp import wall_clock_ms
from c360_segment.store.sqlite import SqliteSegmentStore
from figures import percentile, report
from segmenting.asking import Engine, in_duckdb, in_segment, recombine
from segmenting.living import Living, of_four_conditions, of_one_condition
from segmenting.world import World, load

from c360_cli.running.tuning import tune_process

_TIMES = 3
_LIVE_EVENTS = 4_000
_SINGLE = 200


async def everybody(world: World) -> Mapping[str, object]:
    """What is found over all customers at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segment.db"
        store = SqliteSegmentStore(path)
        load(store, world)
        await store.close()
        ours, theirs = Engine(in_segment, path), Engine(in_duckdb, world)
        answers = [(ours.ask(), theirs.ask() if theirs.is_there else None) for _ in range(_TIMES)]
        recombine_ms = await recombine(path)
        ours.close()
        theirs.close()
        disk_mb = path.stat().st_size / 2**20
    found = {one.size for pair in answers for one in pair if one}
    assert len(found) == 1, f"segment and DuckDB find {found}"
    batch_ms = statistics.median(one.ms for one, _ in answers)
    plain = [other.ms for _, other in answers if other]
    cpu = [other.cpu_ms for _, other in answers if other]
    return {
        "size": found.pop(),
        "batch_ms": round(batch_ms, 1),
        "duckdb_ms": round(statistics.median(plain), 1) if plain else None,
        "batch_to_duckdb": round(batch_ms / statistics.median(plain), 2) if plain else None,
        "batch_cpu_ms": round(statistics.median(one.cpu_ms for one, _ in answers), 1),
        "duckdb_cpu_ms": round(statistics.median(cpu), 1) if cpu else None,
        "recombine_ms": round(recombine_ms, 2),
        "rss_mb": round(max(one.rss_mb for one, _ in answers)),
        "disk_mb": round(disk_mb),
    }


async def live() -> Mapping[str, object]:
    """What keeps up with changes, and how soon they are seen."""
    with tempfile.TemporaryDirectory() as folder:
        async with Living.of(Path(folder), of_four_conditions()) as living:
            per_s, changes = await living.rate(_LIVE_EVENTS)
            visible, expiry = await living.visible(_SINGLE), await living.expiry()
    with tempfile.TemporaryDirectory() as folder:
        async with Living.of(Path(folder), of_one_condition()) as living:
            bare_per_s, bare_changes = await living.rate(_LIVE_EVENTS // 4)
    return {
        "events_per_s": round(per_s),
        "changes_per_event": round(changes, 1),
        "visible_p50_ms": round(percentile(visible, 0.5), 1),
        "visible_p99_ms": round(percentile(visible, 0.99), 1),
        "expiry_late_p50_ms": round(percentile(expiry, 0.5)),
        "expiry_late_p99_ms": round(percentile(expiry, 0.99)),
        "one_condition": {
            "events_per_s": round(bare_per_s),
            "changes_per_event": round(bare_changes, 1),
        },
    }


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    tune_process()
    world = World(chosen.customers, chosen.events, wall_clock_ms())
    figures = {
        "customers": chosen.customers,
        "events": chosen.events,
        **await everybody(world),
        **await live(),
    }
    report(figures, chosen)


if __name__ == "__main__":
    asyncio.run(main())
