"""GraphQL over HTTP, through the ASGI interface."""

import json

import httpx
import pytest
from c360_federation import GraphQLHttpApp, HttpAppSettings, engine_executor

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def client(world, subgraph):
    api = subgraph(
        "type Query { hello(name: String): String } type Mutation { act: Int }",
        {"Query.hello": lambda _, name="you": f"hi {name}", "Mutation.act": lambda _: 1},
    )
    app = GraphQLHttpApp(engine_executor(world(api=api).engine), HttpAppSettings(2000))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def post(client, body, accept=None, content_type=JSON):
    headers = {"content-type": content_type} if content_type else {}
    if accept is not None:
        headers["accept"] = accept
    content = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return await client.post("/", content=content, headers=headers)


@pytest.mark.parametrize(
    "accept, answered",
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, {JSON}", JSON),
        (f"text/html, {GRAPHQL};charset=utf-8", GRAPHQL),
    ],
)
async def test_media_types(client, accept, answered):
    reply = await post(client, {"query": "{ hello }"}, accept)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == f"{answered}; charset=utf-8"
    assert reply.json() == {"data": {"hello": "hi you"}}


async def test_what_cannot_be_given_is_said(client):
    assert (await post(client, {"query": "{ hello }"}, "text/html")).status_code == 406


@pytest.mark.parametrize(
    "body", [{"query": "{"}, {"query": "{ nope }"}, {"query": "{ hello(x: 1) }"}]
)
async def test_a_refused_document(client, body):
    assert (await post(client, body, GRAPHQL)).status_code == 400
    reply = await post(client, body, JSON)
    assert reply.status_code == 200
    assert "data" not in reply.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        "3",
        "null",
        {},
        {"query": 3},
        {"query": None},
        {"query": ""},
        {"query": "{ hello }", "variables": []},
        {"query": "{ hello }", "variables": "x"},
        {"query": "{ hello }", "operationName": 1},
        {"query": "{ hello }", "extensions": 1},
        [{"query": "{ hello }"}],
    ],
)
async def test_malformed_requests_get_one_coded_error(client, body):
    reply = await post(client, body)
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] in ("BAD_REQUEST", "BATCHING_NOT_SUPPORTED")


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "multipart/form-data",
    ],
)
async def test_only_json_is_taken(client, kind):
    assert (await post(client, {"query": "{ hello }"}, content_type=kind)).status_code == 415


async def test_a_large_body_is_refused(client):
    reply = await post(client, {"query": "{ hello }", "x": "x" * 3000})
    assert reply.status_code == 413
    assert reply.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


async def test_a_large_body_of_unknown_length_is_refused(client):
    async def chunks():
        for _ in range(5):
            yield b" " * 1000

    headers = {"content-type": JSON}
    assert (await client.post("/", content=chunks(), headers=headers)).status_code == 413


async def test_get_reads(client):
    query = "query Q($n: String) { hello(name: $n) }"
    reply = await client.get("/", params={"query": query, "variables": '{"n": "Ann"}'})
    assert reply.json() == {"data": {"hello": "hi Ann"}}


@pytest.mark.parametrize(
    "params",
    [{}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "variables": "3"}],
)
async def test_malformed_get(client, params):
    assert (await client.get("/", params=params)).status_code == 400


async def test_get_does_not_write(client):
    reply = await client.get("/", params={"query": "mutation { act }"})
    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"


async def test_other_methods(client):
    assert (await client.put("/", content="{}")).status_code == 405


async def test_answer_keys_keep_the_order_of_the_selection(client):
    reply = await post(client, {"query": "{ z: hello b: __typename a: hello }"})
    assert list(reply.json()["data"]) == ["z", "b", "a"]
