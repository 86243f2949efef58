"""Records per second of identity on Neo4j and of profile on servers of MongoDB's protocol.

One worker in this process, which is tuned as the services are, one server at a time, the log
embedded: what is measured is the store and what it is asked; of MongoDB's protocol also in how many
commands. The log is filled first, so that batches are full. Four thousand records go before to warm
the server up: after one thousand Neo4j still compiles its plans and its own code, which is charged
to whoever is measured, and the ratio to an earlier checkout was 1.8 over the next 3,000 records
where it was 2.35 over 9,000. With `--base TREE` the same is measured on another checkout (its
`.venv`, its code), turn by turn in the same run, and the ratios are told.

    python benchmarks/engine_rates.py --json [--base ../another-checkout] [--rounds 2]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.projection.service import Service
from commands import Commands
from figures import report
from trees import reported
from worlds import append_all, handled, record_entries

from c360_cli.assembly import Instance, assemble
from c360_cli.running.tuning import tune_process

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.servers.mongodb import MongoJavaServer, Nx27017
from tests.servers.neo4j import Neo4jServer
from tests.servers.server import Server

WARM_UP = 4_000
Figures = Mapping[str, float]
ENGINES: Mapping[str, tuple[str, type[Server]]] = {
    "neo4j": ("identity", Neo4jServer),
    "nx-27017": ("profile", Nx27017),
    "mongo-java-server": ("profile", MongoJavaServer),
}


class Spent(NamedTuple):
    """Seconds by the clock, and of processors: ours and the server's."""

    wall_s: float
    cpu_s: float

    @classmethod
    def until_now(cls) -> Spent:
        """Since both began."""
        return cls(time.perf_counter(), time.process_time() + _servers_cpu_s())

    def since(self, start: Spent) -> Spent:
        """What was spent between the two."""
        return Spent(self.wall_s - start.wall_s, self.cpu_s - start.cpu_s)


def _servers_cpu_s() -> float:
    ticks = 0
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in listed.read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def _drained(service: Service, log: EventLog) -> Spent:
    """What a worker spends until it has handled and relayed all that is in the log."""
    store, stop = service.open_store(), asyncio.Event()
    worker = service.worker(log, store)
    start = Spent.until_now()
    working = asyncio.create_task(worker.run(stop))
    await handled(log, service.name, *service.topics)
    spent = Spent.until_now().since(start)
    stop.set()
    await working
    await store.close()
    return spent


@asynccontextmanager
async def _instance() -> AsyncGenerator[tuple[Instance, EventLog]]:
    with tempfile.TemporaryDirectory() as directory:
        instance = assemble(Path(directory))
        log = instance.open_log()
        yield instance, log
        await log.close()


async def _spent(name: str, url: str, entries: Sequence[NewEntry], commands: Commands) -> Spent:
    async with _instance() as (instance, log):
        service, identity = instance.service(name, url), instance.service("identity")
        spent = Spent(0, 0)
        for part in (entries[:WARM_UP], entries[WARM_UP:]):
            await append_all(log, part)
            if name == "profile":
                await _drained(identity, log)
            commands.reset()
            spent = await _drained(service, log)
    return spent


def _measured(engine: str, entries: Sequence[NewEntry]) -> Figures:
    (name, kind), commands = ENGINES[engine], Commands()
    with tempfile.TemporaryDirectory(prefix=f"c360-{engine}-") as directory:
        server = kind(Path(directory))
        try:
            server.start()
            url = server.url if name == "identity" else f"{server.url}/rates"
            spent = asyncio.run(_spent(name, url, entries, commands))
        finally:
            server.close()
    count = len(entries) - WARM_UP
    rates = {"records_per_s": count / spent.wall_s, "cpu_ms_per_record": spent.cpu_s / count * 1e3}
    return {**rates, **commands.figures}


def _of_tree(tree: Path, engine: str, size: int) -> Figures:
    """The same by the code of another checkout."""
    return reported(tree, Path(__file__).name, "--engine", engine, "--size", str(size))[engine]


def _row(engine: str, chosen: argparse.Namespace) -> Mapping[str, object]:
    entries = record_entries(default_catalog(), WARM_UP + chosen.size)
    ours: list[Figures] = []
    theirs: list[Figures] = []
    for _ in range(chosen.rounds):
        if chosen.base is not None:
            theirs.append(_of_tree(chosen.base.resolve(), engine, chosen.size))
        ours.append(_measured(engine, entries))
    row: dict[str, object] = dict(_median(ours))
    if theirs:
        base = _median(theirs)
        ratio = _median(ours)["records_per_s"] / base["records_per_s"]
        row |= {"base": base, "ratio_to_base": ratio}
    return row


def _median(given: Sequence[Figures]) -> Figures:
    return {name: statistics.median(one[name] for one in given) for name in given[0]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=3_000, help="how many records")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    parser.add_argument("--base", type=Path, help="another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=1, help="how often each; medians are told")
    return parser.parse_args()


def main() -> None:
    """Measure each engine and report."""
    chosen = _options()
    tune_process()
    # Of a server that is still starting the driver tells each time that it is asked.
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    engines: Sequence[str] = chosen.engine or list(ENGINES)
    rows = {engine: _row(engine, chosen) for engine in engines}
    report({"records": chosen.size, **rows}, chosen)


if __name__ == "__main__":
    main()
