"""A file that somebody removes under a running instance is named, and costs nothing but time."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from c360_kernel.context import SubgraphKeys
from c360_kernel.outage import waiting
from c360_kernel.subgraph.asgi import subgraph_app
from c360_kernel.testing.entries import record_entry

from c360_cli.assembly import assemble
from tests.e2e.running import Running, digest

KEYS = SubgraphKeys("a", {"a": b"k" * 32})
STORES = ("identity", "profile", "segment", "audit")
ENDS = ("", "-wal")
_WITHIN_S = 120.0


@pytest.fixture(autouse=True)
def nobody_else_waits() -> None:
    """What an earlier test's worker waited for goes with it."""
    gc.collect()


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("end", ENDS)
async def test_a_service_names_the_file_and_its_worker_waits(
    tmp_path: Path, name: str, end: str
) -> None:
    service, log = (instance := assemble(tmp_path)).service(name), instance.open_log()
    graph, store = service.open_graph(), service.open_store()
    await service.opened(log, store)
    worker, stop = service.worker(log, store), asyncio.Event()
    file, aside = tmp_path / f"{name}.db{end}", tmp_path / "aside"
    file.rename(aside)
    await log.append([replace(record_entry("a"), topic=service.topics[0])])
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(_WITHIN_S):
        while waiting().get(name) != "STORE_GONE":
            await asyncio.sleep(0.01)
    transport = httpx.ASGITransport(subgraph_app(graph, KEYS))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["files"] == {file.name: "STORE_GONE"}
        aside.rename(file)
        answer = await client.get("/readyz")
        assert answer.status_code == 200
        assert "files" not in answer.json()
    async with asyncio.timeout(_WITHIN_S):
        while name in waiting() or not sum((await store.positions()).values()):
            await asyncio.sleep(0.01)
    stop.set()
    await running
    await store.close()
    await graph.close()
    await log.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["log/log.db-wal", "identity.db", "profile.db-wal"])
def test_an_instance_says_so_and_is_whole_once_it_is_started_again(
    tmp_path: Path, name: str
) -> None:
    is_log = name.startswith("log/")
    with Running(tmp_path) as instance:
        for number in range(20):
            assert _upserted(instance, str(number)) == 200
        instance.settle()
        before = digest(tmp_path)
        (tmp_path / name).unlink()
        _until(lambda: _ready(instance)[0] == 503)
        assert _ready(instance)[1]["files"] == {Path(name).name: "STORE_GONE"}
        assert _upserted(instance, "more") == (503 if is_log else 200)
        assert _ready(instance)[1].get("logFault") == ("LOG_UNAVAILABLE" if is_log else None)
        instance.kill()
        instance.restart()
        instance.settle()
        assert _ready(instance)[0] == 200
        assert (digest(tmp_path) == before) is is_log
        _until(lambda: _name_of(instance, "7") == "Ann")


def _name_of(instance: Running, key: str) -> str | None:
    query = f'{{ customerByRecord(source: "crm", key: "{key}") {{ profile {{ name }} }} }}'
    found = instance.ask("privacy_officer", query)["data"]["customerByRecord"]
    return None if found is None else found["profile"]["name"]


def _upserted(instance: Running, key: str) -> int:
    query = "mutation W($r: [RecordInput!]!) { upsertRecords(records: $r) { accepted } }"
    records = [{"source": "crm", "key": key, "traits": {"name": "Ann"}}]
    token = instance.token("connector", "--source", "crm")
    return instance.post({"query": query, "variables": {"r": records}}, token)[0]


def _ready(instance: Running) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{instance.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
