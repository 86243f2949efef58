"""Accounts through the gateway: written, linked to persons, resolved, read under policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import SELLERS, RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCOUNTS = """mutation($items: [AccountInput!]!) { upsertAccounts(accounts: $items) {
  refused results { code path message warnings { code path type } } } }"""
LINKS = """mutation($items: [AccountLinkInput!]!) { linkAccounts(links: $items) {
  refused results { code path message } } }"""
ALL = "{ accounts(first: 50) { edges { node { id profile { name } } } } }"
ACCOUNT = """query($id: ID!) { account(id: $id) {
  identifiers { creditCode domain } profile { name annualRevenue } records { source }
  decisionChain { role influence person { id profile { name } } reportsTo { id } }
  decisionGaps { role reason } memberCount } }"""
MINE = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  id accounts { role kind account { id profile { name } } } } }"""
CODE = "91350100M000100Y43"


def account(source: str, key: str, identifiers: dict[str, str], **traits: object) -> dict[str, Any]:
    named = [{"type": type_, "value": value} for type_, value in identifiers.items()]
    return {"source": source, "key": key, "identifiers": named, "traits": traits}


def link(person: str, of: str, kind: str = "decision", **said: object) -> dict[str, Any]:
    ends = {"person": {"source": "crm", "key": person}, "account": {"source": "crm", "key": of}}
    return {"source": "crm", "kind": kind, **ends, **said}


async def write(world: RowWorld, mutation: str, *items: dict[str, Any]) -> Any:
    answer = await world.ask(mutation, "connector", items=list(items))
    assert "errors" not in answer, answer
    (result,) = answer["data"].values()
    await world.settle()
    return result


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("accounts"), policy=SELLERS)
    await world.start(record("anna", name="Anna", owner="ann"), record("bert", name="Bert"))
    shared = {"credit_code": CODE}
    made = await write(
        world,
        ACCOUNTS,
        account("crm", "a1", shared, name="ACME", annualRevenue=5.5),
        account("erp", "77", {**shared, "domain": "https://www.acme.example.org/"}),
        account("crm", "b1", {"domain": "someone@gmail.com"}, name="Other"),
    )
    assert not made["refused"], made
    assert made["results"][2]["warnings"] == [
        {"code": "IDENTIFIER_BLOCKED", "path": "identifiers", "type": "domain"}
    ]
    boss = {"source": "crm", "key": "bert"}
    linked = await write(
        world,
        LINKS,
        link("anna", "a1", role="decision_maker", influence=5, reportsTo=boss),
        link("bert", "a1", kind="member"),
    )
    assert not linked["refused"], linked
    yield world
    await world.close()


async def ids(world: RowWorld) -> dict[str, str]:
    found = (await world.ask(ALL, "support_agent"))["data"]["accounts"]["edges"]
    return {edge["node"]["profile"]["name"]: edge["node"]["id"] for edge in found}


async def test_records_of_two_sources_are_one_account(world: RowWorld) -> None:
    by_name = await ids(world)
    assert by_name.keys() == {"ACME", "Other"}
    answer = await world.ask(ACCOUNT, "support_agent", id=by_name["ACME"])
    found = answer["data"]["account"]
    assert found["identifiers"] == {"creditCode": [CODE], "domain": ["acme.example.org"]}
    assert found["profile"] == {"name": "ACME", "annualRevenue": 5.5}
    assert found["records"] == [{"source": "crm"}, {"source": "erp"}]
    (decides,) = found["decisionChain"]
    assert (decides["role"], decides["influence"]) == ("decision_maker", 5)
    assert decides["person"]["profile"] == {"name": "Anna"}
    assert decides["reportsTo"]["id"]
    assert found["decisionGaps"] == [{"role": "budget_holder", "reason": "VACANT"}]
    assert found["memberCount"] == 2


async def test_a_customer_has_its_accounts(world: RowWorld) -> None:
    answer = await world.ask(MINE, "support_agent", key="anna")
    (linked,) = answer["data"]["customerByRecord"]["accounts"]
    assert (linked["role"], linked["kind"]) == ("decision_maker", "decision")
    assert linked["account"]["profile"] == {"name": "ACME"}


async def test_two_persons_of_an_account_stay_two(world: RowWorld) -> None:
    anna, bert = [
        (await world.ask(MINE, "support_agent", key=key))["data"]["customerByRecord"]["id"]
        for key in ("anna", "bert")
    ]
    assert anna != bert


async def test_who_belongs_to_an_account_is_told_by_its_tag(world: RowWorld) -> None:
    """Marketing sees accounts and not who decides there; connectors see nothing of them."""
    id_ = (await ids(world))["ACME"]
    answer = await world.ask(ACCOUNT, "marketing_analyst", id=id_)
    found = answer["data"]["account"]
    assert found["profile"]["name"] == "ACME"
    assert found["profile"]["annualRevenue"] is None
    assert found["decisionChain"] is None
    denied = {one["coordinate"] for one in answer["extensions"]["policy"]}
    assert {
        "Account.decisionChain",
        "Account.memberCount",
        "AccountProfile.annualRevenue",
    } <= denied
    answer = await world.ask(ACCOUNT, "connector", id=id_)
    assert answer["data"]["account"] is None


async def test_whom_row_rules_narrow_is_told_of_no_account(world: RowWorld) -> None:
    id_ = (await ids(world))["ACME"]
    answer = await world.ask(ACCOUNT, "sales", id=id_)
    assert answer["data"]["account"] is None
    answer = await world.ask(MINE, "sales", key="anna")
    assert answer["data"]["customerByRecord"]["accounts"] == []


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        (link("anna", "a1", kind="memebr"), "UNKNOWN_LINK_KIND", "kind"),
        (link("anna", "a1", role="champoin"), "UNKNOWN_ACCOUNT_ROLE", "role"),
        (link("anna", "a1", influence=6), "FIELD_TYPE", "influence"),
        (link("anna", "a1", attitude="warm"), "FIELD_TYPE", "attitude"),
        (link("anna", "a1", validFrom=2_000_000_000_000, validTo=1_900_000_000_000),
         "LINK_PERIOD_INVALID", "validTo"),
        (link("anna", "a1", validTo="1960-01-01T00:00:00Z"), "LINK_PERIOD_INVALID", "validTo"),
        (link("anna", "a1", validTo="1970-01-01T00:00:00Z"), "LINK_PERIOD_INVALID", "validTo"),
        ({"source": "crm", "kind": "member"}, "FIELD_MISSING", "person"),
        ({**link("anna", "a1"), "person": {"source": "crn", "key": "x"}}, "UNKNOWN_SOURCE",
         "person.source"),
        ({**link("anna", "a1"), "since": 1}, "UNKNOWN_FIELD", "since"),
    ],
)  # fmt: skip
async def test_a_wrong_link_is_refused_with_code_and_path(
    world: RowWorld, item: dict[str, Any], code: str, path: str
) -> None:
    result = await write(world, LINKS, item)
    (found,) = result["results"]
    assert (found["code"], found["path"]) == (code, path)
    assert "anna" not in found["message"]


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        (account("crm", "x", {"phone": "1"}), "UNKNOWN_IDENTIFIER", "identifiers[0].type"),
        (account("crm", "x", {}, nmae="x"), "UNKNOWN_TRAIT", "traits.nmae"),
        (account("crm", "x", {}, employees="many"), "TRAIT_TYPE", "traits.employees"),
        ({**account("crm", "x", {}), "parent": {"source": "crm", "key": "x"}},
         "ACCOUNT_PARENT_INVALID", "parent"),
        ({**account("crm", "x", {}, name="y"), "deleted": True}, "FIELD_TYPE", "deleted"),
    ],
)  # fmt: skip
async def test_a_wrong_account_is_refused_with_code_and_path(
    world: RowWorld, item: dict[str, Any], code: str, path: str
) -> None:
    (found,) = (await write(world, ACCOUNTS, item))["results"]
    assert (found["code"], found["path"]) == (code, path)


async def test_waiting_for_an_account_waits_for_the_account_service(world: RowWorld) -> None:
    waiting = """mutation($items: [AccountInput!]!) {
      upsertAccounts(accounts: $items, wait: IDENTITY, timeoutMs: 50) {
        results { status stage } } }"""
    answer = await world.ask(waiting, "connector", items=[account("crm", "w", {}, name="Slow")])
    assert answer["data"]["upsertAccounts"]["results"] == [{"status": "ACCEPTED", "stage": "LOG"}]
    await world.settle()
    assert "Slow" in await ids(world)
