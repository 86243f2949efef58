"""Takes a customer apart by one decision in small steps, says so, and waits to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from c360_identity.bootstrap import build
from c360_identity.handlers import large_solves, putting_off
from c360_identity.settings import IdentitySettings
from c360_identity.store.sqlite import SqliteIdentityStore, view
from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import DECISIONS, RECORDS
from c360_kernel.payload import DecisionMade, RecordUpserted
from c360_kernel.projection.service import DerivingService
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.entries import new_entry

ROOT = Path(__file__).parents[3]
KEY = b"an instance key for tests"


def service(data: Path) -> DerivingService:
    """Identity, embedded."""
    data.mkdir(exist_ok=True)
    return build(IdentitySettings(data=data), default_catalog(), KEY)


def says(key: str, *emails: str) -> NewEntry:
    """What a source says of one record."""
    record = RecordKey("crm", key)
    carried = tuple(Identifier("email", one) for one in emails)
    return new_entry(RECORDS, str(record), RecordUpserted(record, 1, 1, False, carried))


def chain(size: int) -> list[NewEntry]:
    """Records of one customer."""
    return [says(f"{n}", f"chain{n}@b.cd", f"chain{n + 1}@b.cd") for n in range(size)]


def apart(size: int) -> NewEntry:
    """The halves of a chain are two people."""
    a, b = (RecordKey("crm", f"{size // 2 - one}") for one in (1, 0))
    return new_entry(DECISIONS, str(a), DecisionMade("d1", "not_same", a, b, "", "ann", "a test"))


def begin_and_kill(folder: Path, delay_ms: int) -> None:
    """Kill who takes a chain of forty apart, so long after the decision is taken."""
    command = [sys.executable, "-m", "services.identity.tests.taking_apart", str(folder)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"taken\n"
    time.sleep(delay_ms / 1e3)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()


async def _main(folder: Path) -> None:
    putting_off.LARGE_SOLVE, large_solves._TURN_S, large_solves._WRITTEN, view._PART = 3, 0.0, 2, 2
    one, log = service(folder), SqliteLog(folder / "log")
    store = one.open_store()
    assert isinstance(store, SqliteIdentityStore)
    worker = one.worker(log, store)
    await log.append(chain(40))
    await worker.exhaust()
    await log.append([apart(40)])
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    while not store.connection.execute("SELECT count(*) FROM put_off").fetchone()[0]:
        await asyncio.sleep(0)
    print("taken", flush=True)
    await running


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
