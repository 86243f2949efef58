"""The gateway put together: over HTTP, before anyone's subgraphs, and what stops its start."""

import asyncio
import contextlib
import json
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from c360_federation import SupergraphError
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.bootstrap import Subgraphs, build, build_before
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.http import RemoteSubgraph
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import SettingsError
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.subgraph.asgi import subgraph_app
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import copy_default_policy
from c360_policy.store.versions import replace_whole
from joserfc.jwk import ECKey, KeySet

KEY = b"an instance key of some length"
KEYS = SubgraphKeys("k1", {"k1": b"s" * 32})
QUERY = '{ customer(id: "c1") { id mainPhone profile { phone } } }'


@contextlib.contextmanager
def served(app):
    """The app on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(app, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            server.should_exit = True
            thread.join()


async def ask(gateway, settings, query, *roles):
    token = mint(local_key(settings.issuer_key_file), "ann", roles)
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        headers = {"authorization": f"Bearer {token}"}
        return (await client.post("/graphql", json={"query": query}, headers=headers)).json()


async def audited(log):
    return [
        decode(AUDIT, entry.data)
        for partition in await log.ends([AUDIT])
        for entry in await log.read(partition, 0, 100)
    ]


@contextlib.contextmanager
def remote_subgraphs(world, keys):
    with contextlib.ExitStack() as stack:
        yield {
            name: RemoteSubgraph(stack.enter_context(served(subgraph_app(one.inner, keys))), KEYS)
            for name, one in world.subgraphs.items()
        }


async def over_http(tmp_path, remote):
    settings = GatewaySettings(data=tmp_path / "remote")
    log = MemoryLog()
    gateway = build(settings, default_catalog(), log, Subgraphs(remote=remote), KEY)
    await gateway.supergraph_source.start()
    return gateway, settings, log


async def test_subgraphs_over_http_answer_as_those_in_this_process(world, tmp_path):
    with remote_subgraphs(world, KEYS) as remote:
        gateway, settings, log = await over_http(tmp_path, remote)
        assert gateway.supergraph_source.missing == ()
        for role in ("support_agent", "marketing_analyst", "privacy_officer"):
            answer = await ask(gateway, settings, QUERY, role)
            assert answer == await world.ask(QUERY, role)
        assert len((await audited(log))[0].subjects) == 1


async def test_a_subgraph_with_other_keys_tells_the_gateway_nothing(world, tmp_path):
    with remote_subgraphs(world, SubgraphKeys("k1", {"k1": b"t" * 32})) as remote:
        gateway, settings, _ = await over_http(tmp_path, remote)
        assert set(gateway.supergraph_source.missing) == set(remote)
        answer = await ask(gateway, settings, QUERY, "privacy_officer")
        assert answer["errors"][0]["extensions"]["code"] == "SUPERGRAPH_UNAVAILABLE"


async def test_the_last_good_supergraph_gives_partial_data_while_one_is_away(world, tmp_path):
    with remote_subgraphs(world, KEYS) as remote:
        await over_http(tmp_path, remote)
        gone = {**remote, "profiles": RemoteSubgraph("http://127.0.0.1:9/graphql", KEYS)}
        gateway, settings, _ = await over_http(tmp_path, gone)
        assert gateway.supergraph_source.missing == ("profiles",)
        answer = await ask(gateway, settings, QUERY, "privacy_officer")
        assert answer["data"]["customer"] == {"id": "c1", "mainPhone": world.PHONE, "profile": None}
        assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNREACHABLE"


FOREIGN = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query mutation: Change }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) on OBJECT
directive @tag(name: String!) repeatable on FIELD_DEFINITION
directive @link(url: String, as: String, for: link__Purpose) repeatable on SCHEMA
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { SHOP @join__graph(name: "shop", url: "URL") }
type Query @join__type(graph: SHOP) { note: String @tag(name: "phone") open: String }
type Change @join__type(graph: SHOP) { buy: String }
"""


async def foreign_shop(scope, receive, send):
    """Anyone's subgraph: answers data, and an error that gives a value away in text and code."""
    body = await receive()
    query = json.loads(body["body"])["query"]
    errors = [{"message": "bad 13800138000", "extensions": {"code": "13800138000"}}]
    data = {"note": "13800138000"} if "note" in query else {"open": None}
    text = json.dumps({"data": data, "errors": [] if "note" in query else errors}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


async def test_policy_masks_and_audit_come_before_anyones_subgraphs(tmp_path):
    settings, log = GatewaySettings(data=tmp_path), MemoryLog()
    with served(foreign_shop) as url:
        file = tmp_path / "supergraph.graphql"
        file.write_text(FOREIGN.replace("URL", url))
        gateway = build_before(settings, file, log, KEY)
        await gateway.supergraph_source.start()
        masked = await ask(gateway, settings, "{ note }", "support_agent")
        assert masked["data"] == {"note": "***8000"}
        assert [one["coordinate"] for one in masked["extensions"]["policy"]] == ["Query.note"]
        denied = await ask(gateway, settings, "{ note }", "marketing_analyst")
        assert denied["errors"][0]["extensions"]["code"] == "FIELD_DENIED"
        answer = await ask(gateway, settings, "{ open }", "privacy_officer")
        assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_ERROR"
        assert "13800138000" not in str(answer)
        refused = await ask(gateway, settings, "mutation { buy }", "privacy_officer")
        assert refused["errors"][0]["message"] == "your roles may not write Change.buy"
        assert len(await audited(log)) == 4


async def test_another_supergraph_in_the_file_is_taken_and_a_broken_one_refused(tmp_path, caplog):
    settings, log = GatewaySettings(data=tmp_path), MemoryLog()
    file = tmp_path / "supergraph.graphql"
    with served(foreign_shop) as url, served(foreign_shop) as other:
        file.write_text(FOREIGN.replace("URL", url))
        gateway = build_before(settings, file, log, KEY)
        await gateway.supergraph_source.start()
        for text in ("type Query {", "schema { query: Query }"):
            file.write_text(text)
            await gateway.supergraph_source.refresh()
            assert "supergraph kept: supergraph.graphql" in caplog.messages[-1]
            masked = await ask(gateway, settings, "{ note }", "support_agent")
            assert masked["data"] == {"note": "***8000"}
        moved = FOREIGN.replace("URL", other).replace("open: String }", "open: String more: Int }")
        file.write_text(moved)
        await gateway.supergraph_source.refresh()
        answer = await ask(gateway, settings, "{ note __typename more }", "support_agent")
        assert answer["data"] == {"note": "***8000", "__typename": "Query", "more": None}
    async with gateway.app.router.lifespan_context(gateway.app):
        pass


async def test_a_file_in_which_a_deny_is_about_nothing_waits_for_another_policy(tmp_path, caplog):
    grant = "p, agent, *, read, , allow, *, , , r1\n"
    policy = tmp_path / "policy"
    copy_default_policy(policy)
    (policy / "policy.csv").write_text(grant + "p, agent, Query.open, read, , deny, *, , , r2\n")
    file = tmp_path / "supergraph.graphql"
    schema = FOREIGN.replace("URL", "http://127.0.0.1:9")
    file.write_text(schema)
    gateway = build_before(GatewaySettings(data=tmp_path), file, MemoryLog(), KEY)
    await gateway.supergraph_source.start()
    store = gateway.pipeline.graph.tables._store
    file.write_text(schema.replace("open: String }", "other: String }"))
    for _ in range(2):
        await gateway.supergraph_source.refresh()
    assert gateway.supergraph_source.current == schema
    assert gateway.supergraph_source.refused.code == "POLICY_INVALID"
    assert caplog.text.count("supergraph not taken: POLICY_INVALID: line 2") == 1
    replace_whole(policy / "policy.csv", sealed(grant))
    store.refresh()
    await gateway.supergraph_source.refresh()
    assert "other" in gateway.supergraph_source.current
    assert gateway.supergraph_source.refused is None


async def test_before_anyones_subgraphs_a_deny_of_nothing_stops_the_start(tmp_path):
    policy = tmp_path / "policy"
    copy_default_policy(policy)
    grant = "p, agent, *, read, , allow, *, , , r1\n"
    (policy / "policy.csv").write_text(grant + "p, agent, tag:fone, read, , deny, *, , , r2\n")
    file = tmp_path / "supergraph.graphql"
    file.write_text(FOREIGN)
    gateway = build_before(GatewaySettings(data=tmp_path), file, MemoryLog(), KEY)
    with pytest.raises(PolicyInvalid, match="no tag 'fone'"):
        await gateway.supergraph_source.start()
    assert gateway.pipeline.graph is None


async def test_a_supergraph_that_cannot_be_used_stops_the_start(tmp_path):
    file = tmp_path / "supergraph.graphql"
    gateway = build_before(GatewaySettings(data=tmp_path), file, MemoryLog(), KEY)
    with pytest.raises(FileNotFoundError):
        await gateway.supergraph_source.start()
    file.write_text("type Query {")
    with pytest.raises(SupergraphError):
        await gateway.supergraph_source.start()


def parts(settings):
    return (settings, default_catalog(), MemoryLog(), Subgraphs(), KEY)


def test_production_refuses_the_local_issuer(tmp_path):
    with pytest.raises(SettingsError, match="OIDC"):
        build(*parts(GatewaySettings(data=tmp_path, mode="production")))


async def test_production_takes_the_providers_tokens_and_no_others(tmp_path):
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    settings = GatewaySettings(
        data=tmp_path, mode="production", oidc_issuer="https://idp.test", oidc_jwks=jwks
    )
    gateway = build(*parts(settings))
    answer = await ask(gateway, settings, "{ __typename }", "privacy_officer")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_an_issuer_without_its_keys_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="C360_OIDC_JWKS"):
        build(*parts(GatewaySettings(data=tmp_path, oidc_issuer="https://idp.test")))


def test_the_default_policy_is_put_into_the_data_directory_but_not_into_ones_own(tmp_path):
    build(*parts(GatewaySettings(data=tmp_path)))
    assert (tmp_path / "policy" / "policy.csv").exists()
    own = tmp_path / "own"
    own.mkdir()
    build(*parts(GatewaySettings(data=tmp_path, policy=own)))
    assert list(own.iterdir()) == []


async def test_the_lifespan_composes_and_ends_what_it_began(world):
    world.gateway.supergraph_source.current = world.gateway.pipeline.graph = None
    world.gateway.supergraph_source._sdls = {}
    tasks = asyncio.all_tasks()
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        assert world.gateway.pipeline.graph is not None
        assert asyncio.all_tasks() > tasks
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks


async def test_what_subgraphs_keep_for_the_gateway_is_nobodys(world):
    for query in ("{ _service { sdl } }", "{ _entities(representations: []) { __typename } }"):
        answer = await world.ask(query, "privacy_officer")
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
