"""A file that fails while it is used: its code is told, nothing is lost, and it heals by itself."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import resource
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.errors import Transient
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.open_files import connections
from c360_kernel.outage import waiting
from c360_kernel.sqlite import path_of
from c360_kernel.testing.entries import record_entry

from c360_cli.assembly import assemble
from tests.e2e.running import Running, digest

STORES = ("identity", "profile", "segment", "audit")
_WITHIN_S = 120.0


@pytest.fixture(autouse=True)
def nobody_else_waits() -> None:
    """What an earlier test's worker waited for goes with it."""
    gc.collect()


@contextlib.contextmanager
def _read_only(path: Path) -> Generator[None]:
    """As a disk that was mounted anew for reading, for all that is open here."""
    held = [one for one in connections() if _is_of(one, path)]
    assert held
    for one in held:
        one.execute("PRAGMA query_only=1")
    yield
    for one in held:
        one.execute("PRAGMA query_only=0")


def _is_of(connection: sqlite3.Connection, path: Path) -> bool:
    with contextlib.suppress(sqlite3.ProgrammingError):  # closed, and not yet forgotten
        return path_of(connection) == path
    return False


@contextlib.contextmanager
def _failing_disk(process: int) -> Generator[None]:
    """No file of the process takes a byte beyond its first page."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (4_096, before[1]))
    yield
    resource.prlimit(process, resource.RLIMIT_FSIZE, before)


def _ready(instance: Running) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{instance.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def _upserted(instance: Running, key: str) -> tuple[int, dict[str, Any]]:
    query = "mutation W($r: [RecordInput!]!) { upsertRecords(records: $r) { accepted } }"
    records = [{"source": "crm", "key": key, "traits": {"name": "Ann"}}]
    token = instance.token("connector", "--source", "crm")
    return instance.post({"query": query, "variables": {"r": records}}, token)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_a_log_that_can_only_be_read_says_so_until_it_takes_entries(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = SqliteLog(tmp_path)
    await log.append([record_entry("a")])
    with _read_only(tmp_path / "log.db"):
        for ask in (lambda: log.append([record_entry("b")]), log.identity, log.identity):
            with pytest.raises(Transient) as refused:
                await ask()
            assert refused.value.code == "LOG_UNAVAILABLE"
    assert caplog.text.count(f"STORE_READ_ONLY: the log takes no entries: {tmp_path}/log.db") == 1
    await log.identity()
    await log.append([record_entry("b")])
    await log.close()


@pytest.mark.parametrize("name", STORES)
async def test_a_store_that_can_only_be_read_is_waited_for(tmp_path: Path, name: str) -> None:
    instance = assemble(tmp_path)
    service, log = instance.service(name), instance.open_log()
    store = service.open_store()
    await service.opened(log, store)
    worker, stop = service.worker(log, store), asyncio.Event()
    await log.append([replace(record_entry("a"), topic=service.topics[0])])
    with _read_only(tmp_path / f"{name}.db"):
        running = asyncio.create_task(worker.run(stop))
        async with asyncio.timeout(_WITHIN_S):
            while waiting().get(name) != "STORE_READ_ONLY":
                await asyncio.sleep(0.01)
    async with asyncio.timeout(_WITHIN_S):
        while name in waiting() or not sum((await store.positions()).values()):
            await asyncio.sleep(0.01)
    stop.set()
    await running
    await store.close()
    await log.close()


@pytest.mark.slow
def test_a_disk_that_fails_while_an_instance_runs_is_told_and_heals(tmp_path: Path) -> None:
    with Running(tmp_path) as instance:
        assert _upserted(instance, "1")[0] == 200
        instance.settle()
        with _failing_disk(instance.process.pid):
            status, answer = _upserted(instance, "2")
            assert status == 503
            assert answer["errors"][0]["extensions"]["code"] == "LOG_UNAVAILABLE"
            _until(lambda: _ready(instance)[1].get("logFault") == "LOG_UNAVAILABLE")
            assert _ready(instance)[0] == 503
        _until(lambda: _ready(instance)[0] == 200)
        assert _upserted(instance, "3")[0] == 200
        instance.settle()
        _until(lambda: "waiting" not in _ready(instance)[1])
    assert "STORE_DISK: the log takes no entries" in instance.output()
    assert digest(tmp_path)


@pytest.mark.slow
def test_after_a_kill_stores_do_without_their_wal_files_and_never_without_the_logs(
    tmp_path: Path,
) -> None:
    with Running(tmp_path) as instance:
        assert _upserted(instance, "1")[0] == 200
        instance.settle()
        before = digest(tmp_path)
        instance.kill()
        _without_wal(*(tmp_path / f"{name}.db" for name in STORES))
        instance.restart()
        instance.settle()
        assert digest(tmp_path) == before
        for number in range(2, 12):
            assert _upserted(instance, str(number))[0] == 200
        instance.settle()
        instance.kill()
        _without_wal(tmp_path / "log" / "log.db")
        with pytest.raises(AssertionError, match=r"LOG_FOREIGN|PROJECTION_AHEAD"):
            instance.restart()


def _without_wal(*files: Path) -> None:
    for file in files:
        for end in ("wal", "shm"):
            file.with_name(f"{file.name}-{end}").unlink()
