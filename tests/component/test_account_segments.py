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
PREVIEW = "query($c: String!) { previewSegment(condition: $c) { size } }"
DECIDES = {"account": {"kind": "decision", "role": "decision_maker"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("acting"), rows="rows: {}\n", policy="")
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
