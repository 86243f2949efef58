"""Documents by their hash, and who may send others."""

import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest
from c360_kernel.errors import SettingsError
from c360_policy.defaults import __file__ as defaults
from c360_policy.reading.parsing import parse_policy
from c360_policy.table import compile_table

TIER = '{ customer(id: "c1") { profile { tier } } }'
SPEND = '{ customer(id: "c1") { profile { spend } } }'
ANSWER = {"data": {"customer": {"profile": {"tier": "gold"}}}}
APP_ONLY = """
p, app, *, read, , allow, *, , , r1
p, analyst, *, read, , allow, *, , , r2
p, analyst, operation:ad-hoc, ask, , allow, *, , , r3
"""


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def code(reply):
    return reply.json()["errors"][0]["extensions"]["code"]


def persisted(text, **body):
    values = {"version": 1, "sha256Hash": sha256(text)}
    return {"extensions": {"persistedQuery": values}, **body}


@pytest.fixture
def manifest(tmp_path):
    file = tmp_path / "documents" / "shop.json"
    file.parent.mkdir()
    file.write_text(json.dumps({f"sha256:{sha256(TIER)}": TIER}))
    return file


@pytest.fixture
async def world(make_world, manifest):
    return await make_world(policy=APP_ONLY, documents=manifest.parent)


async def test_an_app_names_what_was_registered(world):
    named = {"documentId": f"sha256:{sha256(TIER)}"}
    for body in (named, persisted(TIER), {"query": TIER}):
        assert (await world.post(body, world.token("app"))).json() == ANSWER
    assert {one.operation_hash for one in await world.audited()} == {sha256(TIER)}


NAMED = 'query P13800138000 { customer(id: "c1") { profile { tier } } }'


async def test_what_a_client_wrote_is_kept_in_clear_only_if_it_was_registered(world, manifest):
    await world.ask(NAMED, "analyst")
    await world.ask(NAMED, "analyst")
    await world.ask(NAMED.replace("P138", "Q138"), "analyst")
    text = NAMED.replace("P138", "R138")
    manifest.write_text(json.dumps({sha256(text): text}))
    world.documents.refresh()
    await world.ask(text, "analyst")
    one, again, other, registered = await world.audited()
    assert (one.operation_name, one.operation_hash) == (again.operation_name, again.operation_hash)
    assert len({one.operation_name, other.operation_name}) == 2
    for entry in (one, other):
        assert "13800138000" not in str(entry)
        assert re.fullmatch("hmac:[0-9a-f]{32}", entry.operation_name)
        assert entry.operation_hash != sha256(NAMED)
    assert registered.operation_name == "R13800138000"
    assert registered.operation_hash == sha256(text)


async def test_the_kept_name_of_an_operation_is_bounded(world):
    await world.ask(f"query {'N' * 10_000} {{ __typename }}", "analyst")
    await world.ask("{ __typename }", "analyst")
    named, anonymous = await world.audited()
    assert len(named.operation_name) == 37
    assert anonymous.operation_name == ""


async def test_an_app_may_send_nothing_else(world):
    token = world.token("app")
    for body in ({"query": SPEND}, persisted(SPEND), persisted(SPEND, query=SPEND)):
        assert code(await world.post(body, token)) == "DOCUMENT_NOT_TRUSTED"
    mixed = {"documentId": sha256(TIER), "query": SPEND}
    assert code(await world.post(mixed, token)) == "PERSISTED_QUERY_MISMATCH"
    assert world.calls == []


async def test_what_is_registered_is_decided_by_policy_as_any_other(world, manifest):
    phone = '{ customer(id: "c1") { profile { phone } } }'
    manifest.write_text(json.dumps({sha256(phone): phone}))
    world.documents.refresh()
    reply = await world.post({"documentId": sha256(phone)}, world.token("app"))
    assert code(reply) == "FIELD_DENIED"


async def test_a_role_that_policy_lets_ask_sends_what_it_likes(world):
    assert (await world.ask(TIER, "analyst")) == ANSWER


async def test_an_automatic_document_is_sent_once_and_named_from_then_on(world):
    token = world.token("analyst")
    assert code(await world.post(persisted(TIER + " "), token)) == "PERSISTED_QUERY_NOT_FOUND"
    for body in (persisted(TIER + " ", query=TIER + " "), persisted(TIER + " ")):
        assert (await world.post(body, token)).json() == ANSWER
    headers = {"authorization": f"Bearer {token}"}
    params = {"extensions": json.dumps(persisted(TIER + " ")["extensions"])}
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert (await client.get("/graphql", params=params, headers=headers)).json() == ANSWER
    assert code(await world.post(persisted(TIER + " "), world.token("app"))) == (
        "DOCUMENT_NOT_TRUSTED"
    )


async def test_automatic_documents_can_be_off(make_world):
    world = await make_world(automatic_documents=0)
    reply = await world.post(persisted(TIER), world.token("support_agent"))
    assert code(reply) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_changed_manifests_are_taken_and_wrong_ones_refused(world, manifest, caplog):
    (manifest.parent / "more.json").write_text(json.dumps({sha256(SPEND): SPEND}))
    world.documents.refresh()
    assert (await world.post({"documentId": sha256(SPEND)}, world.token("app"))).status_code == 200
    for wrong in ("{", json.dumps({sha256(TIER): SPEND}), "[]"):
        (manifest.parent / "more.json").write_text(wrong)
        world.documents.refresh()
        assert "more.json" in caplog.messages.pop()
        assert (await world.post({"documentId": sha256(TIER)}, world.token("app"))).json() == ANSWER
    manifest.unlink()
    (manifest.parent / "more.json").unlink()
    world.documents.refresh()
    assert code(await world.post({"query": TIER}, world.token("app"))) == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("text", ["{", '{"abc": "{ a }"}', '"x"'])
async def test_a_wrong_manifest_stops_the_start(make_world, tmp_path, text):
    file = tmp_path / "documents.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"documents\.json"):
        await make_world(documents=file)


async def test_a_manifest_that_is_not_there_stops_the_start(make_world, tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        await make_world(documents=tmp_path / "none.json")


def may_ask(policy, role):
    return compile_table(parse_policy(policy), [role], "service", {}, 0.0).may_ask_ad_hoc


def test_the_default_policy_lets_every_role_that_it_names_ask():
    policy = Path(defaults).with_name("policy.csv").read_text("utf-8")
    roles = ("support_agent", "marketing_analyst", "privacy_officer", "connector")
    assert [may_ask(policy, role) for role in (*roles, "janitor")] == [True] * 4 + [False]


def test_a_policy_without_a_word_about_asking_limits_nobody():
    assert may_ask("p, app, *, read, , allow, *, , , r1\n", "app")
    assert not may_ask(APP_ONLY, "app")


def test_asking_is_denied_and_inherited_as_everything_else():
    lines = APP_ONLY + "p, intern, operation:ad-hoc, ask, , deny, *, , , r4\ng, intern, analyst\n"
    assert not may_ask(lines, "intern")
    assert may_ask(APP_ONLY + "g, lead, analyst\n", "lead")
    assert not may_ask("p, app, *, ask, , allow, marketing, , , r1\n", "app")
    assert may_ask("p, app, *, ask, , allow, service, , , r1\n", "app")
