"""Ready with a supergraph and the log; whatever else is missing is listed, not fatal."""

import asyncio
import dataclasses
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.log_health import LogHealth
from c360_gateway.readiness import Answer, HttpProbe, State
from c360_gateway.transport.http import RemoteSubgraph
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.subgraph.asgi import READY_WITHIN_S


async def readyz(app):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()


async def test_nothing_is_missing(world):
    assert await readyz(world.gateway.app) == (
        200,
        {
            "status": "ready",
            "log": True,
            "supergraph": True,
            "missing": [],
            "stores": [],
            "stopped": {},
        },
    )


async def test_a_subgraph_without_its_store_is_listed(world, monkeypatch):
    async def away():
        raise Transient("away")

    monkeypatch.setattr(world.subgraphs["profiles"].inner, "ready", away)
    status, body = await readyz(world.gateway.app)
    assert (status, body["stores"], body["missing"]) == (200, ["profiles"], [])


async def test_a_gateway_without_the_log_is_not_ready(make_world):
    class Away(MemoryLog):
        async def ends(self, topics):
            raise Transient("away")

    status, body = await readyz((await make_world(log=Away())).gateway.app)
    assert (status, body["log"], body["supergraph"]) == (503, False, True)


async def test_a_log_that_is_met_topic_by_topic_is_not_met_anew_by_each_probe(monkeypatch):
    monkeypatch.setattr("c360_gateway.log_health.READY_WITHIN_S", 0.01)

    class Met(MemoryLog):
        was_met = asyncio.Event()
        begun = 0

        async def ends(self, topics):
            self.begun += 1
            await self.was_met.wait()
            return {}

    log = Met()
    health = LogHealth(log)
    assert [await health.fault() for _ in range(3)] == ["LOG_UNAVAILABLE"] * 3
    log.was_met.set()
    await asyncio.sleep(0)
    assert (await health.fault(), log.begun) == ("", 1)


async def test_what_was_heard_of_the_log_holds_until_it_is_heard_again(monkeypatch):
    monkeypatch.setattr("c360_gateway.log_health.READY_WITHIN_S", 0.01)

    class Locked(MemoryLog):
        answered = asyncio.Event()

        async def identity(self):
            await self.answered.wait()
            raise Transient("locked", code="LOG_UNAVAILABLE")

    log = Locked()
    health = LogHealth(log)
    assert await health.fault() == ""
    log.answered.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert await health.fault() == "LOG_UNAVAILABLE"
    log.answered.clear()
    assert await health.fault() == "LOG_UNAVAILABLE"


@pytest.fixture
def opened(world):
    """A gateway with other settings, beside the world's."""

    def build_with(subgraphs=None, **settings):
        changed = world.settings.model_copy(update=settings)
        chosen = subgraphs or Subgraphs(local=world.subgraphs)
        return build(changed, default_catalog(), world.log, chosen, b"an instance key of length")

    return build_with


async def test_a_store_of_the_gateway_that_is_away_is_listed(opened):
    away = "mongodb://127.0.0.1:1/c360?serverSelectionTimeoutMS=50"
    gateway = opened(policy_store=away)
    async with gateway.app.router.lifespan_context(gateway.app):
        status, body = await readyz(gateway.app)
    assert (status, body["stores"]) == (200, ["policy"])


async def test_a_subgraph_that_is_away_is_listed_while_the_last_good_supergraph_serves(
    world, opened
):
    remote = RemoteSubgraph("http://127.0.0.1:1/graphql", SubgraphKeys("a", {"a": b"k" * 32}))
    local = {name: one for name, one in world.subgraphs.items() if name != "labels"}
    gateway = opened(Subgraphs(local=local, remote={"labels": remote}))
    async with gateway.app.router.lifespan_context(gateway.app):
        status, body = await readyz(gateway.app)
    assert (status, body["supergraph"], body["missing"]) == (200, True, ["labels"])


async def test_a_process_started_along_with_it_has_to_be_up(world, opened):
    calls = []

    def troubles(answering):
        calls.append(set(answering))
        return {"labels": "ended 3 times in a row, at last with 2"}

    gateway = opened(Subgraphs(local=world.subgraphs, troubles=troubles))
    async with gateway.app.router.lifespan_context(gateway.app):
        status, body = await readyz(gateway.app)
        assert await gateway.readiness.is_started() is False
    assert (status, body["status"]) == (503, "not ready")
    assert body["processes"] == {"labels": "ended 3 times in a row, at last with 2"}
    assert world.subgraphs.keys() <= calls[0]


@dataclasses.dataclass
class Answering:
    status: int
    after_s: float = 0.0
    body: bytes = b""

    def __enter__(self):
        status, after_s, body = self.status, self.after_s, self.body

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(after_s)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/readyz"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize(("status", "state"), [(200, State.READY), (503, State.WITHOUT_STORE)])
async def test_a_service_elsewhere_is_asked(status, state):
    with Answering(status) as url:
        assert (await HttpProbe(url).probe()).state is state


async def test_a_service_is_heard_out_that_waits_for_its_store():
    with Answering(503, READY_WITHIN_S) as url:
        assert await HttpProbe(url).probe() == Answer(State.WITHOUT_STORE)


async def test_nobody_there_is_unreachable():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/readyz"
        assert await HttpProbe(url).probe() == Answer(State.UNREACHABLE)


@pytest.mark.parametrize("status", [200, 503])
async def test_what_a_service_elsewhere_waits_for_is_listed(world, opened, monkeypatch, status):
    waits = {"labels": "STORE_FULL"}
    with Answering(status, body=json.dumps({"waiting": waits}).encode()) as url:
        monkeypatch.setattr(Subgraphs, "probes", lambda _: {"labels": HttpProbe(url)})
        gateway = opened()
        async with gateway.app.router.lifespan_context(gateway.app):
            _, body = await readyz(gateway.app)
    assert body["waiting"] == waits


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"waiting"', b'{"waiting": []}', b'{"waiting": {"labels": 1}}']
)
async def test_a_service_that_says_something_else_waits_for_nothing(body):
    with Answering(200, body=body) as url:
        assert await HttpProbe(url).probe() == Answer(State.READY)
