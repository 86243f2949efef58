"""A domain service is ready when its store answers, and alive all the same when it does not."""

from __future__ import annotations

import asyncio
import gc
import socket
import sqlite3
from pathlib import Path

import httpx
import pytest
from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import Transient
from c360_kernel.outage import Outage
from c360_kernel.projection.service import Service
from c360_kernel.subgraph.asgi import subgraph_app

from c360_cli.assembly import assemble
from c360_cli.topology import PORTS

KEYS = SubgraphKeys("a", {"a": b"k" * 32})
pytestmark = pytest.mark.slow
NOBODY = "mongodb://127.0.0.1:1/c360?serverSelectionTimeoutMS=50"


@pytest.fixture(autouse=True)
def nobody_else_waits() -> None:
    """What an earlier test's worker waited for goes with it."""
    gc.collect()


async def probes(service: Service, *, break_store: Path | None = None) -> dict[str, int]:
    app = subgraph_app(service.open_graph(), KEYS)
    if break_store is not None:
        with sqlite3.connect(break_store) as store:
            store.execute("DROP TABLE position")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return {
            path: (await client.get(path)).status_code for path in ("/livez", "/readyz", "/metrics")
        }


@pytest.mark.parametrize("name", PORTS)
async def test_with_its_store_it_is_ready(tmp_path: Path, name: str) -> None:
    service = assemble(tmp_path).service(name)
    assert await probes(service) == {"/livez": 200, "/readyz": 200, "/metrics": 200}


@pytest.mark.parametrize("name", PORTS)
async def test_without_its_store_it_is_alive_and_not_ready(tmp_path: Path, name: str) -> None:
    instance = assemble(tmp_path)
    found = await probes(instance.service(name), break_store=tmp_path / f"{name}.db")
    assert found == {"/livez": 200, "/readyz": 503, "/metrics": 200}


@pytest.mark.parametrize("name", ["profile", "account"])
async def test_a_database_that_is_away_is_no_store(tmp_path: Path, name: str) -> None:
    found = await probes(assemble(tmp_path).service(name, NOBODY))
    assert found == {"/livez": 200, "/readyz": 503, "/metrics": 200}


async def test_a_database_that_hangs_is_no_store_before_its_driver_gives_up(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        patient = f"mongodb://127.0.0.1:{port}/c360?serverSelectionTimeoutMS=60000"
        service = assemble(tmp_path).service("profile", patient)
        async with asyncio.timeout(30):
            found = await probes(service)
    assert found == {"/livez": 200, "/readyz": 503, "/metrics": 200}


async def test_a_service_says_what_its_worker_waits_for(tmp_path: Path) -> None:
    outage = Outage("profile")
    app = subgraph_app(assemble(tmp_path).service("profile").open_graph(), KEYS)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        outage.seen(Transient("away", code="LOG_UNAVAILABLE"))
        waits = (await client.get("/readyz")).json()["waiting"]
        outage.over()
        assert (await client.get("/readyz")).json().get("waiting", {}).get("profile") is None
    assert waits["profile"] == "LOG_UNAVAILABLE"
