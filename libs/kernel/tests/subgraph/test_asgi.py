"""A subgraph over HTTP: only the gateway is answered, and only as it signed."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import strawberry
from c360_federation.execute.http_client.transport import seconds_in
from c360_kernel.context import HEADER, CallerContext, SubgraphKeys, sign_context
from c360_kernel.deadline import HEADER as DEADLINE
from c360_kernel.metrics import REQUESTS
from c360_kernel.otlp import OtlpTracer
from c360_kernel.subgraph import asgi
from c360_kernel.subgraph.asgi import BODY_LIMIT, subgraph_app
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.telemetry import new_traceparent, trace_id
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

KEYS = SubgraphKeys("k1", {"k1": b"s" * 32})
CALLER = CallerContext("ann", ("agent",))
BODY = b'{"query": "{ me }"}'


@strawberry.type
class Query:
    @strawberry.field
    def me(self, info: strawberry.Info) -> str:
        return info.context.principal

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def busy(self) -> int:
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
        return 1


class Store:
    """Stands where a service's store would: it answers, does not, or cannot be asked."""

    def __init__(self) -> None:
        self.answer: bool | Exception = True

    async def ready(self) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    subgraph = Subgraph("identity", build_schema(Query), lambda caller: caller, store.ready)
    transport = httpx.ASGITransport(app=subgraph_app(subgraph, KEYS))
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        yield client


def signed(body: bytes, audience: str = "identity", keys: SubgraphKeys = KEYS) -> dict[str, str]:
    return {HEADER: sign_context(CALLER, audience, body, keys)}


async def test_a_signed_request_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=BODY, headers=signed(BODY))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"data": {"me": "ann"}}


async def test_the_gateway_is_told_what_a_request_took_where_it_took_much(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that has much to do takes a few milliseconds for what is nothing.
    monkeypatch.setattr(asgi, "_SHORTEST_REPORTED_S", 0.015)
    body = b'{"query": "{ busy }"}'
    response = await client.post("/graphql", content=body, headers=signed(body))
    output = response.headers["server-timing"]
    assert 0.02 <= seconds_in(output) < 0.1
    await client.post("/graphql", content=BODY, headers=signed(BODY))
    response = await client.post("/graphql", content=BODY, headers=signed(BODY))
    assert "server-timing" not in response.headers


async def test_variables_and_the_operation_name_reach_the_operation(
    client: httpx.AsyncClient,
) -> None:
    query = "query A { me } query B($t: String!) { echo(text: $t) }"
    request = {"query": query, "variables": {"t": "王"}, "operationName": "B"}
    body = json.dumps(request).encode()
    response = await client.post("/graphql", content=body, headers=signed(body))
    assert response.json() == {"data": {"echo": "王"}}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: "forged"},
        signed(BODY, audience="profile"),
        signed(BODY + b" "),
        signed(BODY, keys=SubgraphKeys("k1", {"k1": b"x" * 32})),
    ],
    ids=["none", "forged", "audience", "body", "key"],
)
async def test_another_caller_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=BODY, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"] == {
        "code": "CALLER_REFUSED",
        "retryable": False,
    }


async def test_a_replay_is_refused(client: httpx.AsyncClient) -> None:
    headers = signed(BODY)
    answers = [await client.post("/graphql", content=BODY, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"query": 1}', b'{"query": "{me}", "variables": []}']
)
async def test_what_is_no_graphql_request_is_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    response = await client.post("/graphql", content=body, headers=signed(body))
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", "retryable": False}


@pytest.mark.parametrize("time", ["0", "-1", "-60000"])
async def test_a_request_whose_time_is_over_is_not_worked_on(
    client: httpx.AsyncClient, time: str
) -> None:
    response = await client.post("/graphql", content=BODY, headers=signed(BODY) | {DEADLINE: time})
    said = response.json()
    assert (response.status_code, said["data"]) == (200, None)
    assert [one["extensions"] for one in said["errors"]] == [
        {"code": "DEADLINE_EXCEEDED", "retryable": True}
    ]


@pytest.mark.parametrize("time", ["", "soon", "1.5", "+5", "1e3", "9" * 30])
async def test_a_time_that_nobody_understands_is_refused(
    client: httpx.AsyncClient, time: str
) -> None:
    response = await client.post("/graphql", content=BODY, headers=signed(BODY) | {DEADLINE: time})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    answered = await client.post("/graphql", content=BODY, headers=signed(BODY) | {DEADLINE: "60"})
    assert answered.json() == {"data": {"me": "ann"}}


async def test_a_malformed_body_is_not_looked_at_without_a_caller(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/graphql", content=b"{")).status_code == 401


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient, declared: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65_536 + 1):
            yield b" " * 65_536

    content = b" " * (BODY_LIMIT + 1) if declared else chunks()
    response = await client.post("/graphql", content=content)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {
        "code": "BODY_TOO_LARGE",
        "retryable": False,
    }


async def test_only_post_is_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get("/graphql")).status_code == 405


@pytest.mark.parametrize(
    ("answer", "status"), [(True, 200), (False, 503), (RuntimeError("13812345678"), 503)]
)
async def test_readiness_is_the_stores_and_liveness_nobodys(
    client: httpx.AsyncClient,
    store: Store,
    caplog: pytest.LogCaptureFixture,
    answer: bool | Exception,
    status: int,
) -> None:
    store.answer = answer
    assert (await client.get("/readyz")).status_code == status
    assert (await client.get("/livez")).status_code == 200
    assert "13812345678" not in caplog.text


async def test_requests_are_counted_by_how_they_ended(client: httpx.AsyncClient) -> None:
    before = {code: REQUESTS.value(code) for code in ("OK", "CALLER_REFUSED")}
    await client.post("/graphql", content=BODY, headers=signed(BODY))
    await client.post("/graphql", content=BODY)
    assert {code: REQUESTS.value(code) - count for code, count in before.items()} == {
        "OK": 1,
        "CALLER_REFUSED": 1,
    }


async def test_only_a_signed_request_joins_a_trace(store: Store) -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("identity", "", 1.0, exporter)
    subgraph = Subgraph("identity", build_schema(Query), lambda caller: caller, store.ready)
    transport = httpx.ASGITransport(app=subgraph_app(subgraph, KEYS, tracer=tracer))
    trace = {"traceparent": new_traceparent()}
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        await client.post("/graphql", content=BODY, headers=trace)
        await client.post("/graphql", content=BODY, headers=signed(BODY) | trace)
    tracer.close()
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == trace_id(trace["traceparent"])


@pytest.mark.parametrize("path", ["/graphql/", "/livez/", "/readyz/", "//graphql"])
async def test_nobody_is_sent_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(f"http://identity{path}", headers={"host": "evil.example"})
    assert (reply.status_code, reply.headers.get("location")) == (404, None)
