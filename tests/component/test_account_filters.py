"""Lists of customers by the accounts that they act for, as these change, under policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import RowWorld, record
from tests.component.test_account_segments import POLICY, ROWS
from tests.component.test_accounts import ACCOUNTS, LINKS, account, link, write
from tests.component.test_saved_segments import OFFICER

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTED = """query($filter: CustomerFilter, $first: Int, $after: String) {
  customers(filter: $filter, orderBy: {field: NAME}, first: $first, after: $after) {
    totalCount pageInfo { endCursor } edges { node { records { key } } } } }"""
LINKED = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  id accounts { account { id } } } }"""
NUMBER = {"erp_number": "77"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("filtered"), rows=ROWS, policy=POLICY)
    await world.start(*(record(who, name=who) for who in ("anna", "bert", "carl")))
    made = (
        account("crm", "a1", NUMBER, name="ACME", industry="tea", employees=200),
        account("crm", "b1", {"erp_number": "78"}, name="Other", industry="ink"),
    )
    assert not (await write(world, ACCOUNTS, *made))["refused"]
    await said(
        world,
        link("anna", "a1", role="decision_maker"),
        link("bert", "a1", kind="member", validTo="2020-01-01T00:00:00Z"),
        link("carl", "b1", kind="member"),
    )
    yield world
    await world.close()


async def said(world: RowWorld, *links: dict[str, Any]) -> None:
    assert not (await write(world, LINKS, *links))["refused"]


async def listed(world: RowWorld, asked: dict[str, Any], role: str = OFFICER) -> Any:
    answer = await world.ask(LISTED, role, filter={"account": asked})
    if "errors" in answer:
        error = answer["errors"][0]
        return error["extensions"]["code"], error.get("path", ["variable"])[0]
    found = answer["data"]["customers"]
    names = [one["key"] for edge in found["edges"] for one in edge["node"]["records"]]
    assert found["totalCount"] == len(names)
    return names


async def test_customers_are_listed_by_whom_they_act_for(world: RowWorld) -> None:
    assert await listed(world, {}) == ["anna", "carl"]
    assert await listed(world, {"kind": "decision"}) == ["anna"]
    assert await listed(world, {"role": "budget_holder"}) == []
    assert await listed(world, {"record": {"source": "crm", "key": "b1"}}) == ["carl"]
    where = {"or": [{"industry": {"equals": "ink"}}, {"employees": {"greaterThan": 100}}]}
    assert await listed(world, {"where": where}) == ["anna", "carl"]
    assert await listed(world, {"kind": "member", "where": where}) == ["carl"]
    answer = await world.ask(LINKED, OFFICER, key="anna")
    (own,) = answer["data"]["customerByRecord"]["accounts"]
    assert await listed(world, {"id": own["account"]["id"]}) == ["anna"]
    nobody = await world.ask(LISTED, OFFICER, filter={"not": {"account": {}}})
    assert nobody["data"]["customers"]["totalCount"] == 1


async def test_pages_go_on(world: RowWorld) -> None:
    asked: dict[str, Any] = {"filter": {"account": {}}, "first": 1}
    first = (await world.ask(LISTED, OFFICER, **asked))["data"]["customers"]
    after = first["pageInfo"]["endCursor"]
    second = (await world.ask(LISTED, OFFICER, **asked, after=after))["data"]["customers"]
    keys = [one["edges"][0]["node"]["records"][0]["key"] for one in (first, second)]
    assert keys == ["anna", "carl"]


async def test_links_and_accounts_change(world: RowWorld) -> None:
    big = {"where": {"employees": {"greaterThan": 100}}}
    await said(world, link("bert", "a1", kind="member"))
    assert await listed(world, big) == ["anna", "bert"]
    # Another system knows the account, too, and says later how many work there.
    await write(world, ACCOUNTS, account("erp", "77", NUMBER, employees=7))
    assert await listed(world, big) == []
    assert await listed(world, {"record": {"source": "erp", "key": "77"}}) == ["anna", "bert"]
    await said(world, link("bert", "a1", kind="member", deleted=True))
    assert await listed(world, {"where": {"employees": {"equals": 7}}}) == ["anna"]


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "decison"},
        {"role": "king"},
        {"kind": None},
        {"where": None},
        {"id": ""},
        {"record": {"source": "a/b", "key": "1"}},
        {"where": {"employees": {"equals": None}}},
        {"where": {"or": []}},
    ],
)
async def test_what_means_nothing_is_refused(world: RowWorld, asked: dict[str, Any]) -> None:
    assert await listed(world, asked) == ("FILTER_INVALID", "customers")


async def test_who_is_not_told_of_links_does_not_filter_by_them(world: RowWorld) -> None:
    assert await listed(world, {}, "support_agent") == ["anna", "carl"]
    for asked in ({}, {"kind": "member"}, {"where": {"industry": {"equals": "tea"}}}):
        assert (await listed(world, asked, "marketing_analyst"))[0] == "ARGUMENT_DENIED"


async def test_who_may_not_filter_accounts_by_a_trait_does_not_so_either(world: RowWorld) -> None:
    assert await listed(world, {"where": {"industry": {"equals": "ink"}}}, "narrow") == ["carl"]
    asked = {"where": {"employees": {"greaterThan": 1}}}
    assert (await listed(world, asked, "narrow"))[0] == "ARGUMENT_DENIED"


async def test_whom_row_rules_narrow_asks_for_no_account(world: RowWorld) -> None:
    assert await listed(world, {}, "sales") == ("ARGUMENT_DENIED", "customers")
    asked = {"where": {"industry": {"equals": "tea"}}}
    assert await listed(world, asked, "sales") == ("ARGUMENT_DENIED", "customers")
