"""Records per second from append to golden profile on the embedded stores.

Baseline: the same rows written by bare SQLite transactions of 500.

    python benchmarks/ingest.py --json
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path

from c360_kernel.catalog import default_catalog
from c360_kernel.codec import decode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.sqlite import connect, writing
from figures import options, report
from worlds import append_all, golden, record_entries

from c360_cli.assembly import assemble
from c360_cli.running.tuning import tune_process

BATCH = 500
SERVICES = ("identity", "profile", "segment")


def _work(data: Path, names: Sequence[str], ready: Event, stop: Event) -> None:
    instance = assemble(data)
    tune_process()
    threads = [
        WorkerThread(instance.service(name), instance.open_log, lambda _: None) for name in names
    ]
    for thread in threads:
        thread.start()
    ready.set()
    stop.wait()
    for thread in threads:
        thread.stop()


async def _append_and_wait(data: Path, entries: Sequence[NewEntry]) -> float:
    log = assemble(data).open_log()
    start = time.perf_counter()
    await append_all(log, entries)
    await golden(log)
    taken = time.perf_counter() - start
    await log.close()
    return len(entries) / taken


def _ours(entries: Sequence[NewEntry], groups: Sequence[Sequence[str]]) -> float:
    """Records per second with each group of services in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        assemble(data)
        stop = multiprocessing.Event()
        children = [_child(data, names, stop) for names in groups]
        rate = asyncio.run(_append_and_wait(data, entries))
        stop.set()
        for child in children:
            child.join()
    return rate


def _child(data: Path, names: Sequence[str], stop: Event) -> multiprocessing.Process:
    ready = multiprocessing.Event()
    child = multiprocessing.Process(target=_work, args=(data, names, ready, stop))
    child.start()
    ready.wait()
    return child


def _bare(entries: Sequence[NewEntry]) -> float:
    """Records per second of the same rows as JSON documents in one table."""
    rows = [(entry.key, _document(entry)) for entry in entries]
    with tempfile.TemporaryDirectory() as directory:
        connection = connect(Path(directory) / "bare.db")
        connection.execute("CREATE TABLE record(key TEXT PRIMARY KEY, document TEXT)")
        start = time.perf_counter()
        for at in range(0, len(rows), BATCH):
            with writing(connection):
                connection.executemany(
                    "INSERT OR REPLACE INTO record VALUES (?,?)", rows[at : at + BATCH]
                )
        return len(rows) / (time.perf_counter() - start)


def _document(entry: NewEntry) -> str:
    record: RecordUpserted = decode(RECORDS, entry.data)
    return json.dumps({"identifiers": record.identifiers, "traits": dict(record.traits)})


def main() -> None:
    """Run all three and report records per second."""
    multiprocessing.set_start_method("spawn")
    chosen = options(__doc__ or "", size=20_000)
    entries = record_entries(default_catalog(), chosen.size)
    bare = _bare(entries)
    together = _ours(entries, [SERVICES])
    apart = _ours(entries, [[name] for name in SERVICES])
    report(
        {
            "records": len(entries),
            "one_process_records_per_s": together,
            "processes_records_per_s": apart,
            "baseline_bare_sqlite_records_per_s": bare,
            "ratio_processes_to_baseline": apart / bare,
        },
        chosen,
    )


if __name__ == "__main__":
    main()
