"""Segments of who has to do with accounts, as links come, are said anew and end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import RowWorld, record
from tests.component.test_accounts import ACCOUNTS, CODE, LINKS, account, link, write
from tests.component.test_listed_segments import WHY, customer_of
from tests.component.test_saved_segments import OFFICER, SAVE, change

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEMBERS = """query($name: ID!) { segment(name: $name) { members { edges { node { records { key } }
  } } } }"""
COUNT = """query($name: ID!, $customer: ID!) { segment(name: $name) { why(customer: $customer) {
  isMember findings { evidence { count } } } } }"""
PREVIEW = "query($c: String!) { previewSegment(condition: $c) { size } }"
ROWS = "rows:\n  sales: {trait: owner, op: equals, value: $sub}\n"
POLICY = "g, sales, privacy_officer\ng, narrow, privacy_officer\n" + (
    "p, narrow, AccountFilter.employees, filter, , deny, *, , , narrow-employees\n"
)
DECIDES = {"account": {"kind": "decision", "role": "decision_maker"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("acting"), rows=ROWS, policy=POLICY)
    await world.start(*(record(who, name=who) for who in ("anna", "bert", "carl")))
    for name, condition in (("deciders", DECIDES), ("acting", {"account": {}})):
        assert (await change(world, SAVE, OFFICER, name=name, condition=condition))["isLive"]
    yield world
    await world.close()


async def members(world: RowWorld, name: str) -> list[str]:
    answer = await world.ask(MEMBERS, OFFICER, name=name)
    edges = answer["data"]["segment"]["members"]["edges"]
    return sorted(one["key"] for edge in edges for one in edge["node"]["records"])


async def said(world: RowWorld, *links: dict[str, Any]) -> None:
    assert not (await write(world, LINKS, *links))["refused"]


async def test_links_come_change_and_end(world: RowWorld) -> None:
    await said(world, link("anna", "a1", role="decision_maker"), link("bert", "a1", kind="member"))
    # No account is there yet.
    assert await members(world, "acting") == []
    await write(world, ACCOUNTS, account("crm", "a1", {"credit_code": CODE}, name="ACME"))
    assert await members(world, "acting") == ["anna", "bert"]
    assert await members(world, "deciders") == ["anna"]
    why = await world.ask(WHY, OFFICER, name="deciders", customer=await customer_of(world, "anna"))
    assert why["data"]["segment"]["why"]["isMember"]
    await said(world, link("anna", "a1", role="decision_maker", deleted=True))
    assert await members(world, "deciders") == []
    answer = await world.ask(PREVIEW, OFFICER, c=json.dumps({"not": {"account": {}}}))
    assert answer["data"]["previewSegment"]["size"] == 2


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"account": {"kind": "decison"}}, "account.kind: unknown kind of a link 'decison'"),
        ({"account": {"role": "king"}}, "account.role: unknown role of a link 'king'"),
        ({"account": {"name": "ACME"}}, "account.name: unknown field 'name'"),
        (
            {"account": {"where": {"trait": "employes", "op": "exists"}}},
            "account.where.trait: unknown trait 'employes'",
        ),
        ({"account": "a1"}, "account: expected a mapping, found text"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(
    world: RowWorld, condition: dict[str, Any], fault: str
) -> None:
    answer = await world.ask(PREVIEW, OFFICER, c=json.dumps(condition))
    assert answer["errors"][0]["message"].startswith(fault)


async def test_who_is_not_told_of_links_asks_nothing_of_them(world: RowWorld) -> None:
    answer = await world.ask(PREVIEW, "marketing_analyst", c=json.dumps({"account": {}}))
    code = answer["errors"][0]["extensions"]["code"]
    assert code == "SEGMENT_CONDITION_INVALID"
    listed = await world.ask("{ segments { name } }", "marketing_analyst")
    names = {one["name"] for one in listed["data"]["segments"]}
    assert not names & {"deciders", "acting"}


def of_account(**test: Any) -> dict[str, Any]:
    return {"account": {"where": {"trait": test.pop("trait"), **test}}}


BIG = of_account(trait="employees", op="greater_than", value=100)
RICH = of_account(trait="annualRevenue", op="at_least", value=5)


async def size(world: RowWorld, condition: dict[str, Any], role: str = OFFICER) -> Any:
    answer = await world.ask(PREVIEW, role, c=json.dumps(condition))
    if "errors" in answer:
        return answer["errors"][0]["message"]
    return answer["data"]["previewSegment"]["size"]


async def test_accounts_are_what_their_records_say_of_them(world: RowWorld) -> None:
    await said(world, link("carl", "b1", kind="member"), link("anna", "b1", kind="member"))
    number = {"erp_number": "77"}
    assert (await change(world, SAVE, OFFICER, name="big", condition=BIG))["isLive"]
    assert await members(world, "big") == []
    await write(world, ACCOUNTS, account("crm", "b1", number, name="B", employees=101))
    assert await members(world, "big") == ["anna", "carl"]
    why = await world.ask(COUNT, OFFICER, name="big", customer=await customer_of(world, "carl"))
    reason = why["data"]["segment"]["why"]
    assert (reason["isMember"], reason["findings"][0]["evidence"]) == (True, {"count": 1})
    # Another system knows the account, too, and better; its people are of the same account then.
    await write(world, ACCOUNTS, account("erp", "77", number, employees=7, annualRevenue=9.5))
    assert await members(world, "big") == []
    assert await size(world, RICH) == 2
    assert await size(world, {"not": RICH}) == 1
    # The account of who asks for accounts is the same.
    listed = await world.ask(
        "{ accounts(filter: {annualRevenue: {atLeast: 5}}) { edges { node {"
        " members { person { records { key } } } } } } }",
        OFFICER,
    )
    (edge,) = listed["data"]["accounts"]["edges"]
    keys = {one["person"]["records"][0]["key"] for one in edge["node"]["members"]}
    assert keys == {"anna", "carl"}


async def test_who_may_not_use_a_trait_of_accounts_asks_nothing_of_it(world: RowWorld) -> None:
    assert await size(world, BIG) == 0
    assert "unknown trait 'employees'" in await size(world, BIG, "narrow")
    assert await size(world, RICH, "narrow") == 2
    listed = await world.ask("{ segments { name } }", "marketing_analyst")
    assert "big" not in {one["name"] for one in listed["data"]["segments"]}


async def test_whom_row_rules_narrow_is_told_of_no_account_by_a_segment(world: RowWorld) -> None:
    assert "no kinds of links" in await size(world, {"account": {}}, "sales")
    assert "no kinds of links" in await size(world, BIG, "sales")
    listed = await world.ask("{ segments { name } }", "sales")
    names = {one["name"] for one in listed["data"]["segments"]}
    assert not names & {"big", "acting", "deciders"}
    assert (await world.ask(MEMBERS, "sales", name="acting"))["data"]["segment"] is None
