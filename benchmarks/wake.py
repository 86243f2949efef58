"""Time from an append to the handler in another process.

Baseline: a bare durable insert and a pipe.

python benchmarks/wake.py --json
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from c360_kernel.log.entry import Positions
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.sqlite import connect
from c360_kernel.testing.entries import record_entry
from figures import options, percentile, report


async def _nothing_handled() -> Positions:
    return {}


async def _consume(directory: Path, count: int, results: Connection) -> None:
    log = SqliteLog(directory)
    consumer = log.consumer("bench", [RECORDS], _nothing_handled)
    await consumer.poll(1, 0)
    results.send("ready")
    seen: list[tuple[str, int]] = []
    while len(seen) < count:
        entries = await consumer.poll(100, 1)
        now = time.monotonic_ns()
        seen.extend((entry.id, now) for entry in entries)
    results.send(seen)


def _consumer(directory: Path, count: int, results: Connection) -> None:
    asyncio.run(_consume(directory, count, results))


async def _append(directory: Path, count: int) -> dict[str, int]:
    log = SqliteLog(directory)
    appended: dict[str, int] = {}
    for number in range(count):
        entry = record_entry(str(number))
        appended[entry.id] = time.monotonic_ns()
        await log.append([entry])
        await asyncio.sleep(0.005)
    await log.close()
    return appended


def _through_the_log(count: int) -> list[float]:
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = multiprocessing.Pipe()
        child = multiprocessing.Process(target=_consumer, args=(Path(directory), count, theirs))
        child.start()
        ours.recv()
        appended = asyncio.run(_append(Path(directory), count))
        handled: Sequence[tuple[str, int]] = ours.recv()
        child.join()
    return [(at - appended[entry]) / 1e6 for entry, at in handled]


def _echo(reader: int, count: int, results: Connection) -> None:
    seen: list[int] = []
    for _ in range(count):
        os.read(reader, 1)
        seen.append(time.monotonic_ns())
    results.send(seen)


def _through_a_bare_insert(count: int) -> list[float]:
    ours, theirs = multiprocessing.Pipe()
    reader, writer = os.pipe()
    child = multiprocessing.Process(target=_echo, args=(reader, count, theirs))
    child.start()
    sent: list[int] = []
    with tempfile.TemporaryDirectory() as directory:
        bare = connect(Path(directory) / "bare.db")
        bare.execute("CREATE TABLE entry(data BLOB)")
        for number in range(count):
            time.sleep(0.005)
            data = record_entry(str(number)).data
            sent.append(time.monotonic_ns())
            bare.execute("INSERT INTO entry VALUES (?)", (data,))
            os.write(writer, b"x")
        received: Sequence[int] = ours.recv()
    child.join()
    return [(b - a) / 1e6 for a, b in zip(sent, received, strict=True)]


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99)}


def main() -> None:
    """Run both and report milliseconds."""
    chosen = options(__doc__ or "", size=500)
    ours, bare = _through_the_log(chosen.size), _through_a_bare_insert(chosen.size)
    report(
        {
            "append_to_handler_ms": _spread(ours),
            "baseline_bare_insert_and_pipe_ms": _spread(bare),
            "ratio_p50": percentile(ours, 0.5) / percentile(bare, 0.5),
        },
        chosen,
    )


if __name__ == "__main__":
    main()
