"""Documents by hash, through the ASGI interface."""

import hashlib
import json

import httpx
import pytest
from c360_federation import (
    AutomaticSettings,
    FederationError,
    GraphQLHttpApp,
    PersistedDocuments,
    engine_executor,
    read_manifest,
)

HELLO = "{ hello }"
OTHER = "{ other: hello }"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def automatic(text, **more):
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha(text)}}, **more}


@pytest.fixture
def client_of(world, subgraph):
    api = subgraph("type Query { hello: String }", {"Query.hello": lambda _: "hi"})
    engine = world(api=api).engine

    def client(*given, **more):
        app = GraphQLHttpApp(engine_executor(engine, PersistedDocuments(*given, **more)))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")

    return client


async def code(client, body, **headers):
    answer = (await client.post("/", json=body, headers=headers)).json()
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]


async def test_a_document_is_sent_once_and_named_from_then_on(client_of):
    client = client_of(automatic=AutomaticSettings())
    assert await code(client, automatic(HELLO)) == "PERSISTED_QUERY_NOT_FOUND"
    assert await code(client, automatic(HELLO, query=HELLO)) == {"hello": "hi"}
    assert await code(client, automatic(HELLO)) == {"hello": "hi"}
    extensions = json.dumps(automatic(HELLO)["extensions"])
    reply = await client.get("/", params={"extensions": extensions})
    assert reply.json() == {"data": {"hello": "hi"}}


async def test_the_message_that_clients_look_for(client_of):
    reply = await client_of(automatic=AutomaticSettings()).post("/", json=automatic(HELLO))
    assert (reply.status_code, reply.json()["errors"][0]["message"]) == (
        200,
        "PersistedQueryNotFound",
    )


async def test_a_hash_of_something_else_is_refused(client_of):
    client = client_of(automatic=AutomaticSettings())
    assert await code(client, automatic(OTHER, query=HELLO)) == "PERSISTED_QUERY_MISMATCH"
    assert await code(client, automatic(OTHER)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_automatic_documents_are_off_unless_asked_for(client_of):
    client = client_of()
    assert await code(client, automatic(HELLO)) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert await code(client, automatic(HELLO, query=HELLO)) == {"hello": "hi"}
    assert await code(client, automatic(HELLO)) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_not_everything_is_kept(client_of):
    client = client_of(automatic=AutomaticSettings(kept=2, characters=20))
    for n in range(3):
        text = f"{{ a{n}: hello }}"
        assert await code(client, automatic(text, query=text)) == {f"a{n}": "hi"}
    assert await code(client, automatic("{ a0: hello }")) == "PERSISTED_QUERY_NOT_FOUND"
    assert await code(client, automatic("{ a2: hello }")) == {"a2": "hi"}
    long = "{ hello }" + " " * 20
    await code(client, automatic(long, query=long))
    assert await code(client, automatic(long)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "expected",
    [
        3,
        {},
        {"version": 2, "sha256Hash": sha(HELLO)},
        {"version": 1},
        {"version": 1, "sha256Hash": 3},
        {"version": 1, "sha256Hash": "../x"},
    ],
)
async def test_malformed_extensions(client_of, expected):
    client = client_of(automatic=AutomaticSettings())
    assert await code(client, {"extensions": {"persistedQuery": expected}}) == "BAD_REQUEST"


# trusted documents


def is_trusted_with_anything(headers):
    return headers.get("x-role") == "analyst"


@pytest.fixture
def guarded(client_of):
    return client_of({sha(HELLO): HELLO}, is_trusted_with_anything, automatic=AutomaticSettings())


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": f"sha256:{sha(HELLO)}"},
        {"documentId": sha(HELLO)},
        automatic(HELLO),
        {"query": HELLO},
        {"documentId": sha(HELLO), "query": HELLO},
    ],
)
async def test_registered_documents_are_for_everyone(guarded, body):
    assert await code(guarded, body) == {"hello": "hi"}


@pytest.mark.parametrize(
    "body",
    [
        {"query": OTHER},
        automatic(OTHER, query=OTHER),
        automatic(OTHER),
        {"documentId": "sha256:nope"},
    ],
)
async def test_others_may_not_be_sent_by_just_anyone(guarded, body):
    assert await code(guarded, body) == "DOCUMENT_NOT_TRUSTED"


async def test_a_hook_says_who_may_send_anything(guarded):
    analyst = {"x-role": "analyst"}
    assert await code(guarded, automatic(OTHER, query=OTHER), **analyst) == {"other": "hi"}
    assert await code(guarded, automatic(OTHER), **analyst) == {"other": "hi"}
    # What one caller may send is no way in for another.
    assert await code(guarded, automatic(OTHER)) == "DOCUMENT_NOT_TRUSTED"


async def test_a_text_may_not_hide_behind_the_id_of_another(guarded):
    body = {"documentId": sha(HELLO), "query": OTHER}
    assert await code(guarded, body) == "PERSISTED_QUERY_MISMATCH"


def test_manifests():
    plain = {sha(HELLO): HELLO}
    assert read_manifest(plain) == plain
    assert read_manifest({f"sha256:{sha(HELLO)}": HELLO}) == plain
    apollo = {"operations": [{"id": sha(HELLO), "body": HELLO, "name": "", "type": "query"}]}
    assert read_manifest({"format": "apollo-persisted-query-manifest", **apollo}) == plain


@pytest.mark.parametrize("manifest", [[], {"x": HELLO}, {sha(HELLO): OTHER}, {sha(HELLO): 3}])
def test_manifests_that_lie(manifest):
    with pytest.raises(FederationError):
        read_manifest(manifest)
