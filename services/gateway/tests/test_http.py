"""What HTTP itself has to refuse, the explorer, and the probes."""

import base64
import hashlib
import re

import httpx
import pytest
from c360_kernel.errors import Transient

QUERY = {"query": '{ customer(id: "c1") { id } }'}


@pytest.fixture
async def client(world):
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def code(reply):
    return reply.json()["errors"][0]["extensions"]["code"]


async def test_a_body_over_the_limit_is_refused_with_413(world):
    body = b'{"query": "' + b"x" * 10_000_000 + b'"}'
    reply = await world.post(body, world.token("privacy_officer"))
    assert (reply.status_code, code(reply)) == (413, "BODY_TOO_LARGE")


async def test_a_large_body_without_a_token_is_turned_away_unread(world):
    async def unread():
        raise AssertionError("the body was read")

    sent = []
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}

    async def send(message):
        sent.append(message)

    await world.gateway.app(scope, unread, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"query": 5}', b"\xff\xfe"])
async def test_a_body_that_is_no_request_gets_one_coded_error(world, body):
    reply = await world.post(body, world.token("privacy_officer"))
    assert reply.status_code == 400
    assert len(reply.json()["errors"]) == 1
    assert code(reply)


async def test_a_batch_of_operations_is_refused(world):
    reply = await world.post(b'[{"query": "{ a }"}]', world.token("privacy_officer"))
    assert (reply.status_code, code(reply)) == (400, "BATCHING_NOT_SUPPORTED")


async def test_a_mutation_may_not_be_sent_by_get(world, client):
    headers = {"authorization": f"Bearer {world.token('connector', sources=['*'])}"}
    query = "mutation { upsertRecords(records: []) { accepted } }"
    reply = await client.get("/graphql", params={"query": query}, headers=headers)
    assert (reply.status_code, code(reply)) == (405, "METHOD_NOT_ALLOWED")
    reply = await client.get("/graphql", params=QUERY, headers=headers)
    assert reply.status_code == 200


async def test_identity_headers_of_the_caller_mean_nothing(world):
    headers = {"c360-caller": "forged", "x-user": "root"}
    await world.post(QUERY, world.token("support_agent"), **headers)
    assert world.subgraphs["people"].callers[0].principal == "ann"


async def test_the_trace_of_the_caller_goes_on(world):
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    await world.post(QUERY, world.token("support_agent"), traceparent=parent)
    assert (await world.audited())[0].trace_id == "ab" * 16


async def test_a_browser_gets_the_explorer_which_loads_nothing(client):
    reply = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert not re.search(r"(src|href)=|https?://|@import|url\(", reply.text)


async def test_the_explorer_may_run_its_own_script_and_no_other(client):
    reply = await client.get("/graphql", headers={"accept": "text/html"})
    allowed = reply.headers["content-security-policy"]
    for kind in ("script", "style"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", reply.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in allowed
    assert "default-src 'none'" in allowed
    assert " on" not in "".join(re.findall(r"<[a-z][^>]*>", reply.text)).replace(" one", "")


async def test_the_docs_of_the_shell_are_off(client):
    for path in ("/docs", "/redoc"):
        assert (await client.get(path)).status_code == 404


async def test_ready_needs_the_log_and_a_supergraph(world, client):
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["status"]) == (200, "ready")

    async def fail(_topics):
        raise Transient("gone", code="LOG_UNAVAILABLE")

    world.log.ends = fail
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["log"]) == (503, False)
    assert (await client.get("/livez")).status_code == 200


async def test_before_there_is_a_supergraph_questions_are_refused(world, client):
    world.gateway.pipeline.graph = None
    world.gateway.supergraph_source.current = None
    assert (await client.get("/readyz")).status_code == 503
    reply = await world.post(QUERY, world.token("support_agent"))
    assert (reply.status_code, code(reply)) == (503, "SUPERGRAPH_UNAVAILABLE")
