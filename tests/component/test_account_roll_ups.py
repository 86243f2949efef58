"""What accounts come to, through the gateway: written, computed, guarded as what it is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from c360_kernel.catalog.loader import default_catalog_text

from tests.component.row_world import MARKED, SELLERS, RowWorld, record
from tests.component.test_account_segments import members, size
from tests.component.test_accounts import ACCOUNTS, LINKS, account, ids, link, write
from tests.component.test_saved_segments import OFFICER, SAVE, change

pytestmark = pytest.mark.asyncio(loop_scope="module")
COMPUTED = """
accounts:
  computed:
    people: {over: members, kind: count, tag: account_link}
    bestScore: {over: members, kind: max, trait: creditScore, subtree: true, tag: financial}
    orders: {kind: count, event: order_completed, tag: account_link}
    revenue: {kind: sum, event: order_completed, property: amount, tag: financial, subtree: true,
      live: true}
"""
CATALOG = (
    default_catalog_text()
    .replace("traits:\n", f"{MARKED}  creditScore: {{type: int, tag: financial}}\n", 1)
    .replace("\naccounts:\n", COMPUTED, 1)
    .replace("\nsegments:\n", "\nsegments:\n  acting: {condition: {account: {}}}\n", 1)
)
ROWS = """rows:
  sales: {trait: owner, op: equals, value: $sub}
consent:
  - {object: Profile.creditScore, purposes: [marketing], roles: [support_agent]}
"""
POLICY = (
    SELLERS
    + "p, asked, OrderCompleted.amount, read, , deny, *, , , x\ng, asked, lead\n"
    + "p, nameless, AccountProfile.name, read, , deny, *, , , y\ng, nameless, lead\n"
)
EVENTS = """mutation($items: [EventInput!]!) { trackEvents(events: $items) {
  refused results { code path } } }"""
ROLL_UPS = """query($id: ID!) { account(id: $id) {
  profile { name } rollUps { people bestScore orders revenue } } }"""

WHY = """query($id: ID!) { account(id: $id) { id rollUpReasons {
  people { over members { kind } } bestScore { over members { kind } }
  orders { over kind events { name source messageId occurredAt } } revenue { kind subtree } } } }"""
LISTED = """query($filter: AccountFilter, $order: [AccountOrder!]) {
  accounts(filter: $filter, orderBy: $order) { edges { node { id } } } }"""


def order(key: str, number: int, amount: float) -> dict[str, Any]:
    said = {"source": "crm", "key": key, "messageId": f"m{number}", "name": "order_completed"}
    return {**said, "occurredAt": "2026-01-01T00:00:00Z", "properties": {"amount": amount}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("roll-ups"), ROWS, POLICY, CATALOG)
    people = [record("anna", creditScore=7), record("bert", creditScore=9)]
    await world.start(*people)
    below = {**account("crm", "a2", {}, name="Branch"), "parent": {"source": "crm", "key": "a1"}}
    await write(world, ACCOUNTS, account("crm", "a1", {}, name="ACME"), below)
    await write(world, LINKS, link("anna", "a1"), link("bert", "a2", kind="member"))
    await write(world, EVENTS, order("anna", 1, 2.5), order("bert", 2, 4.0), order("bert", 3, 0.5))
    yield world
    await world.close()


async def roll_ups(world: RowWorld, name: str, role: str, **said: Any) -> Any:
    id_ = (await ids(world))[name]
    return await world.ask(ROLL_UPS, role, id=id_, **said)


async def test_an_account_has_what_its_own_and_its_parts_come_to(world: RowWorld) -> None:
    found = (await roll_ups(world, "ACME", "support_agent"))["data"]["account"]["rollUps"]
    assert found == {"people": 1, "bestScore": 9, "orders": 1, "revenue": 7.0}
    found = (await roll_ups(world, "Branch", "support_agent"))["data"]["account"]["rollUps"]
    assert found == {"people": 1, "bestScore": 9, "orders": 2, "revenue": 4.5}


async def test_who_may_not_see_links_sees_nothing_that_is_made_of_them(world: RowWorld) -> None:
    answer = await roll_ups(world, "ACME", "marketing_analyst")
    assert set((answer["data"]["account"]["rollUps"] or {}).values()) <= {None}
    denied = {one["coordinate"] for one in answer["extensions"]["policy"]}
    assert {"AccountRollUps.people", "AccountRollUps.revenue"} <= denied


async def test_why_it_comes_to_that_is_told_to_whom_it_is(world: RowWorld) -> None:
    id_ = (await ids(world))["ACME"]
    answer = await world.ask(WHY, "support_agent", id=id_)
    found = answer["data"]["account"]["rollUpReasons"]
    assert found["people"] == {"over": "MEMBERS", "members": [{"kind": "decision"}]}
    assert [one["kind"] for one in found["bestScore"]["members"]] == ["decision", "member"]
    (ordered,) = found["orders"]["events"]
    assert (ordered["name"], ordered["source"]) == ("order_completed", "crm")
    assert ordered["occurredAt"] == "2026-01-01T00:00:00Z"
    assert found["revenue"] == {"kind": "sum", "subtree": True}
    answer = await world.ask(WHY, "support_agent", id=id_, purpose="marketing")
    assert answer["data"]["account"]["rollUpReasons"]["bestScore"] is None
    answer = await world.ask(WHY, "asked", id=id_)
    found = answer["data"]["account"]["rollUpReasons"]
    assert (found["orders"]["kind"], found["revenue"]) == ("count", None)
    answer = await world.ask(WHY, "marketing_analyst", id=id_)
    assert set((answer["data"]["account"]["rollUpReasons"] or {}).values()) <= {None}
    denied = {one["coordinate"] for one in answer["extensions"]["policy"]}
    assert {"AccountRollUpReasons.people", "AccountRollUpReasons.revenue"} <= denied


async def test_the_catalog_names_what_is_computed_to_who_may_see_it(world: RowWorld) -> None:
    query = """{ catalog { accounts { identifiers { name } traits { name } roles { name }
      rollUps { name type origin } } } }"""
    answer = await world.ask(query, "support_agent")
    told = answer["data"]["catalog"]["accounts"]
    assert {"name": "revenue", "type": "FLOAT", "origin": "COMPUTED"} in told["rollUps"]
    assert len(told["rollUps"]) == 4
    assert {"name": "champion"} in told["roles"]
    answer = await world.ask(query, "marketing_analyst")
    told = answer["data"]["catalog"]["accounts"]
    assert (told["rollUps"], told["roles"]) == ([], [])
    assert {"name": "name"} in told["traits"]


async def test_a_rule_that_denies_a_part_by_its_name_denies_the_whole(world: RowWorld) -> None:
    answer = await roll_ups(world, "ACME", "asked")
    found = answer["data"]["account"]["rollUps"]
    assert (found["orders"], found["revenue"]) == (1, None)
    denied = {one["coordinate"] for one in answer["extensions"]["policy"]}
    assert denied == {"AccountRollUps.revenue"}


async def test_what_needs_a_consent_is_in_nothing_that_is_made_of_it(world: RowWorld) -> None:
    answer = await roll_ups(world, "ACME", "support_agent", purpose="marketing")
    assert answer["data"]["account"]["rollUps"]["bestScore"] is None


async def test_who_consents_does_so_for_no_account_that_they_belong_to(world: RowWorld) -> None:
    granted = {"source": "crm", "purpose": "marketing", "at": "2026-01-01T00:00:00Z"}
    await world.consent([{**granted, "key": "anna", "status": "GRANTED"}])
    query = """{ customerByRecord(source: "crm", key: "anna") { profile { creditScore }
      accounts { account { rollUps { people bestScore } } } } }"""
    answer = await world.ask(query, "support_agent", purpose="marketing")
    found = answer["data"]["customerByRecord"]
    assert found["profile"]["creditScore"] == 7
    assert found["accounts"] == [{"account": {"rollUps": {"people": 1, "bestScore": None}}}]


async def test_whom_row_rules_narrow_is_told_of_no_account(world: RowWorld) -> None:
    assert (await roll_ups(world, "ACME", "sales"))["data"]["account"] is None
    # Nor by the name of a group of those who act for one.
    for role, is_told in (("support_agent", True), ("lead", True), ("sales", False)):
        answer = await world.ask("{ catalog { segments { name } } }", role)
        names = {one["name"] for one in answer["data"]["catalog"]["segments"]}
        assert ("acting" in names, "repeat_buyers" in names) == (is_told, True)


WORTH = {"account": {"where": {"trait": "revenue", "op": "at_least", "value": 7}}}


async def test_segments_ask_what_accounts_come_to(world: RowWorld) -> None:
    assert (await change(world, SAVE, OFFICER, name="worth", condition=WORTH))["isLive"]
    assert await members(world, "worth") == ["anna"]
    assert await size(world, {"not": WORTH}) == 1
    await write(world, EVENTS, order("bert", 4, -1.0))
    assert await members(world, "worth") == []
    await write(world, EVENTS, order("bert", 5, 1.0))
    assert await members(world, "worth") == ["anna"]
    # The account of who asks for accounts is the same.
    assert await listed(world, "support_agent", filter={"revenue": {"atLeast": 7}}) == ["ACME"]


async def test_who_may_not_use_what_accounts_come_to_asks_nothing_of_it(world: RowWorld) -> None:
    assert "unknown trait 'revenue'" in await size(world, WORTH, "asked")
    assert "no kinds of links" in await size(world, WORTH, "sales")
    assert await size(world, WORTH, "lead") == 1
    listed = await world.ask("{ segments { name } }", "asked")
    assert "worth" not in {one["name"] for one in listed["data"]["segments"]}


async def test_what_is_worked_out_when_it_is_asked_for_is_refused(world: RowWorld) -> None:
    asked = {"account": {"where": {"trait": "orders", "op": "exists"}}}
    said = await size(world, asked)
    assert said.startswith("account.where.trait: 'orders' is worked out when it is asked for: ")
    assert "live: true" in said


async def listed(world: RowWorld, role: str, **said: Any) -> Any:
    """The names of the accounts that are listed, or the codes of what is refused."""
    answer = await world.ask(LISTED, role, **said)
    if answer["data"] is None or answer["data"]["accounts"] is None:
        return {one["extensions"]["code"] for one in answer["errors"]}
    by_id = {id_: name for name, id_ in (await ids(world)).items()}
    return [by_id[edge["node"]["id"]] for edge in answer["data"]["accounts"]["edges"]]


DEAR = {"revenue": {"atLeast": 5}}


async def test_accounts_are_found_and_sorted_by_what_they_come_to(world: RowWorld) -> None:
    assert await listed(world, "support_agent", filter=DEAR) == ["ACME"]
    both = {"and": [{"name": {"exists": True}}, {"people": {"equals": 1}}]}
    order = [{"field": "ORDERS", "direction": "DESC"}]
    assert await listed(world, "support_agent", filter=both, order=order) == ["Branch", "ACME"]
    by_name = [{"field": "NAME"}]
    assert await listed(world, "marketing_analyst", order=by_name) == ["ACME", "Branch"]


@pytest.mark.parametrize(
    ("role", "purpose", "said"),
    [
        ("marketing_analyst", None, {"filter": DEAR}),
        ("marketing_analyst", None, {"order": [{"field": "PEOPLE"}]}),
        ("asked", None, {"filter": {"not": DEAR}}),
        ("asked", None, {"order": [{"field": "REVENUE"}]}),
        ("nameless", None, {"filter": {"name": {"startsWith": "A"}}}),
        ("nameless", None, {"order": [{"field": "NAME"}]}),
        ("support_agent", "marketing", {"filter": {"bestScore": {"atLeast": 8}}}),
    ],
)
async def test_nobody_compares_what_is_not_shown_to_him(
    world: RowWorld, role: str, purpose: str | None, said: Any
) -> None:
    more = {"purpose": purpose} if purpose else {}
    assert await listed(world, role, **said, **more) == {"ARGUMENT_DENIED"}


async def test_whom_row_rules_narrow_finds_no_account_by_anything(world: RowWorld) -> None:
    assert await listed(world, "sales", filter={"name": {"exists": True}}) == []
