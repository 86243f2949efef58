"""What a stranger can learn or use of the endpoint: the probes that security tools send."""

import hashlib
import json
import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

READERS = ("support_agent", "marketing_analyst", "connector")
DOCUMENT = {"query": '{ customer(id: "c1") { id } }'}


@pytest.fixture
async def client(world):
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def codes(reply):
    return [one["extensions"]["code"] for one in reply.json()["errors"]]


@pytest.mark.parametrize(
    "path", ["/graphql/", "/livez/", "/readyz/", "/metrics/", "//graphql", "//evil.example/", "/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_is_sent_elsewhere(client, path, method):
    reply = await client.request(
        method, f"http://gateway{path}", headers={"host": "evil.example"}, json={}
    )
    assert reply.status_code in (404, 405)
    assert "location" not in reply.headers


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { directive } }",
        "{ __typename " + "@aa" * 10 + " }",
        "{ custmer { id } }",
        '{ customer(idd: "c1") { id } }',
        '{ customer(id: "c1") { profile { phon } } }',
        '{ customerByIdentifier(type: PHON, value: "x") { id } }',
        "{ customers(orderBy: {field: PHON}) { edges { node { id } } } }",
    ],
)
async def test_a_reader_gets_one_error_and_no_hint(world, role, query):
    reply = await world.post({"query": query}, world.token(role))
    (error,) = reply.json()["errors"]
    assert "did you mean" not in error["message"].lower()


async def test_who_may_introspect_is_told_what_was_perhaps_meant(world):
    answer = await world.ask("{ custmer { id } }", "privacy_officer")
    assert "Did you mean" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("UNKNOWN", "no phon"),
        ("SEGMENT_CONDITION_INVALID", "no phon, did you mean 'phone'?; no mial"),
    ],
)
async def test_what_a_subgraph_suggests_is_passed_on_where_it_knows_who_asks(world, code, told):
    async def execute(*_):
        message = "no phon, did you mean 'phone'?; no mial"
        return {"data": None, "errors": [{"message": message, "extensions": {"code": code}}]}

    world.subgraphs["people"].execute = execute
    answer = await world.ask(DOCUMENT["query"], "support_agent")
    assert [one["message"] for one in answer["errors"]][:1] == [told]


async def test_an_encoded_form_is_no_operation(client, world):
    headers = {"authorization": f"Bearer {world.token('support_agent')}"}
    reply = await client.post("/graphql", data=DOCUMENT, headers=headers)
    assert (reply.status_code, codes(reply)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


KEY = ECKey.generate_key("P-256", {"kid": "k1"})
IDP = "https://idp.test/"


@pytest.fixture
async def production(make_world, tmp_path):
    """A client of a gateway in production mode, with the token of a provider."""
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    world = await make_world(mode="production", oidc_issuer=IDP, oidc_jwks=jwks)
    now = int(time.time())
    claims = {"iss": IDP, "aud": "c360", "iat": now, "exp": now + 60, "sub": "ann"}
    token = jwt.encode({"alg": "ES256", "kid": "k1"}, {**claims, "roles": ["support_agent"]}, KEY)
    transport = httpx.ASGITransport(world.gateway.app)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers=headers
    ) as client:
        yield client


async def test_production_takes_no_text_in_an_address(production):
    assert (await production.post("/graphql", json=DOCUMENT)).json()["data"]
    for query in (DOCUMENT["query"], "{ __typename }", "{"):
        reply = await production.get("/graphql", params={"query": query})
        assert (reply.status_code, codes(reply)) == (405, ["GET_WITH_TEXT"])
        assert reply.headers["allow"] == "POST"


async def test_production_takes_the_name_of_a_document_in_an_address(production):
    digest = hashlib.sha256(DOCUMENT["query"].encode()).hexdigest()
    named = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    text = {"extensions": json.dumps(named)}
    assert codes(await production.get("/graphql", params=text)) == ["PERSISTED_QUERY_NOT_FOUND"]
    await production.post("/graphql", json={**DOCUMENT, "extensions": named})
    assert (await production.get("/graphql", params=text)).json()["data"]
    both = await production.get("/graphql", params={**text, **DOCUMENT})
    assert codes(both) == ["GET_WITH_TEXT"]


async def test_production_shows_no_explorer(production):
    reply = await production.get("/graphql", headers={"accept": "text/html"})
    assert reply.status_code in (400, 405, 406)
    assert "text/html" not in reply.headers["content-type"]
