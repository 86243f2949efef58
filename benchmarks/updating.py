"""Golden profiles that records change: how many a second through the profile service alone.

The log is filled first and identity has said whose each record is, so that batches are full; the
log and the store are embedded. Then each record says one trait anew, and each changes its
customer's profile. Baseline: as many customers' rows put in the place of what is there by bare
SQLite transactions of 500. With `--base TREE` another checkout is measured beside, turn by turn,
each turn in a process of its own; of each figure the best turn is told.

    python benchmarks/updating.py --json [--size 2000] [--base ../another-checkout] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from c360_kernel.catalog import default_catalog
from c360_kernel.codec import decode, encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import PROFILES, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.service import Service
from c360_kernel.sqlite import connect, writing
from c360_kernel.stamp import StampClock, stamp_ms
from figures import report
from trees import HERE, reported
from worlds import BATCH, append_all, handled, record_entries

from c360_cli.assembly import assemble
from c360_cli.running.tuning import tune_process

_TRAIT = "loyaltyPoints"
_LATER_MS = 1_000


async def updates(records: int) -> Mapping[str, float]:
    """Records and updates a second by the clock, and processor time of each, in microseconds.

    As an instance runs: garbage is looked for as seldom.
    """
    tune_process()
    entries = record_entries(default_catalog(), records)
    with tempfile.TemporaryDirectory() as folder:
        instance = assemble(Path(folder))
        profile, _ = (instance.service(name) for name in ("profile", "identity"))
        log = instance.open_log()
        await append_all(log, entries)
        _identify(Path(folder))
        loaded = await _spent(profile, log)
        told = await _told(log)
        await append_all(log, _anew(entries))
        updated = await _spent(profile, log)
        changed = await _told(log) - told
        await log.close()
    return {
        "loaded_per_s": records / loaded[0],
        "loaded_cpu_us_each": loaded[1] / records * 1e6,
        "updates_per_s": changed / updated[0],
        "updates_cpu_us_each": updated[1] / changed * 1e6,
        "updated_rows_per_s": _bare(entries),
    }


def _identify(data: Path) -> None:
    """Have identity say whose each record is, in a process of its own.

    What it remembers of identifiers would else be of use to profile.
    """
    child = multiprocessing.get_context("spawn").Process(target=_identified, args=(data,))
    child.start()
    child.join()
    if child.exitcode:
        raise ChildProcessError(child.exitcode)


def _identified(data: Path) -> None:
    async def run() -> None:
        instance = assemble(data)
        log = instance.open_log()
        await _spent(instance.service("identity"), log)
        await log.close()

    asyncio.run(run())


async def _spent(service: Service, log: EventLog) -> tuple[float, float]:
    """Seconds by the clock and of processors until a worker has handled what the log holds."""
    store, stop = service.open_store(), asyncio.Event()
    worker = service.worker(log, store)
    began, spent = time.perf_counter(), time.process_time()
    working = asyncio.create_task(worker.run(stop))
    await handled(log, service.name, *service.topics)
    taken = time.perf_counter() - began, time.process_time() - spent
    stop.set()
    await working
    await store.close()
    return taken


async def _told(log: EventLog) -> int:
    """How many profiles were told."""
    return sum((await log.ends([PROFILES])).values())


def _anew(entries: Sequence[NewEntry]) -> list[NewEntry]:
    """Each record once more, later, with another number of points than any had."""
    clock = StampClock()
    return [_later(entry, clock.next(), 10_000_000 + n) for n, entry in enumerate(entries)]


def _later(entry: NewEntry, stamp: str, points: int) -> NewEntry:
    record: RecordUpserted = decode(RECORDS, entry.data)
    said = replace(
        record,
        revision=record.revision + 1_000,
        observed_at=stamp_ms(stamp) + _LATER_MS,
        traits={**record.traits, _TRAIT: points},
    )
    return replace(entry, id=stamp, stamp=stamp, time=stamp_ms(stamp), data=encode(said))


def _bare(entries: Sequence[NewEntry]) -> float:
    rows = [(entry.key, json.dumps(dict(decode(RECORDS, entry.data).traits))) for entry in entries]
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "bare.db")
        connection.execute("CREATE TABLE customer(id TEXT PRIMARY KEY, traits TEXT)")
        _put(connection, rows)
        began = time.perf_counter()
        _put(connection, rows)
        return len(rows) / (time.perf_counter() - began)


def _put(connection: sqlite3.Connection, rows: Sequence[tuple[str, str]]) -> None:
    for at in range(0, len(rows), BATCH):
        with writing(connection):
            connection.executemany(
                "INSERT OR REPLACE INTO customer VALUES (?,?)", rows[at : at + BATCH]
            )


def _best(turns: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """The highest of what is a second, the least of what each takes."""
    return {
        name: (max if name.endswith("_per_s") else min)(turn[name] for turn in turns)
        for name in turns[0]
    }


def _beside(base: Path, size: int, rounds: int) -> Mapping[str, object]:
    """This checkout and another one, with what this one takes of what the other does."""
    turns = [
        [reported(tree, "updating.py", "--size", str(size)) for tree in (base, HERE)]
        for _ in range(rounds)
    ]
    theirs, ours = (_best(some) for some in zip(*turns, strict=True))
    taken = [name for name in ours if name.endswith("_us_each")]
    return {
        **ours,
        "base": theirs,
        "ratio_to_base": {name: ours[name] / theirs[name] for name in taken},
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=2_000, help="how many records")
    parser.add_argument("--base", type=Path, help="another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=5, help="how often each")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    chosen = _options()
    if chosen.base is not None:
        report(_beside(chosen.base.resolve(), chosen.size, chosen.rounds), chosen)
    else:
        report(asyncio.run(updates(chosen.size)), chosen)


if __name__ == "__main__":
    main()
