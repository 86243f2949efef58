"""Lists that people make: filled through the gateway and from a file, and used as segments are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from c360_cli.listing import Listing, listed_rows, listing_in_words
from tests.component.row_world import RowWorld, record
from tests.component.test_saved_segments import ANALYST, CATALOG, OFFICER, POLICY, SAVE, change

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTING = """mutation($items: [ListingInput!]!) { listCustomers(items: $items) {
  accepted results { status code path message } } }"""
DECIDE = """mutation($items: [DecisionInput!]!) { decideIdentity(items: $items) {
  accepted results { code } } }"""
MEMBERS = """query($name: ID!) { segment(name: $name) { isList members { edges { node {
  records { key } } } } } }"""
WHY = """query($name: ID!, $customer: ID!) { segment(name: $name) { why(customer: $customer) {
  isMember findings { evidence { trait value } } } } }"""
OF_ROME = {"all": [{"segment": "guests"}, {"trait": "city", "op": "equals", "value": "Rome"}]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    folder = tmp_path_factory.mktemp("listed")
    world = RowWorld(folder, policy=POLICY, rows="rows: {}\n", catalog=CATALOG)
    people = (("anna", "Rome"), ("bert", "Bonn"), ("carl", "Bonn"), ("dora", "Rome"))
    await world.start(*(record(who, name=who, city=c) for who, c in people))
    assert (await change(world, SAVE, OFFICER, name="guests", condition={"list": "guests"}))[
        "isLive"
    ]
    assert (await change(world, SAVE, OFFICER, name="of_rome", condition=OF_ROME))["isLive"]
    yield world
    await world.close()


async def said(world: RowWorld, key: str, role: str = OFFICER, **item: Any) -> Any:
    """What becomes of one item."""
    given = {"segment": "guests", "source": "crm", "key": key, **item}
    answer = await world.ask(LISTING, role, items=[given])
    await world.settle()
    (result,) = answer["data"]["listCustomers"]["results"]
    return result["code"] or result["status"]


async def members(world: RowWorld, name: str = "guests") -> list[list[str]]:
    """The keys of the records of each member."""
    answer = await world.ask(MEMBERS, OFFICER, name=name)
    edges = answer["data"]["segment"]["members"]["edges"]
    return sorted(sorted(one["key"] for one in edge["node"]["records"]) for edge in edges)


async def customer_of(world: RowWorld, key: str) -> str:
    asked = 'query($k: String!) { customerByRecord(source: "crm", key: $k) { id } }'
    return (await world.ask(asked, OFFICER, k=key))["data"]["customerByRecord"]["id"]


async def test_who_is_put_on_it_is_a_member_until_taken_off(world: RowWorld) -> None:
    assert await members(world) == []
    assert await said(world, "anna", reason="asked for it") == "ACCEPTED"
    assert await said(world, "bert", ANALYST) == "ACCEPTED"
    assert await members(world) == [["anna"], ["bert"]]
    assert await members(world, "of_rome") == [["anna"]]
    # Whoever put her on it: of a list what anybody said last holds.
    assert await said(world, "bert", listed=False) == "ACCEPTED"
    assert await members(world) == [["anna"]]
    why = await world.ask(WHY, OFFICER, name="guests", customer=await customer_of(world, "anna"))
    found = why["data"]["segment"]["why"]
    assert found["isMember"]
    assert found["findings"][0]["evidence"] == {"trait": "tag:list:guests", "value": "true"}
    assert await said(world, "anna", listed=False) == "ACCEPTED"
    assert await members(world) == []


async def test_a_list_follows_a_merge_and_its_end(world: RowWorld) -> None:
    assert await said(world, "carl") == "ACCEPTED"
    pair = {"a": {"source": "crm", "key": "carl"}, "b": {"source": "crm", "key": "dora"}}
    for kind, expected in (("SAME", [["carl", "dora"]]), ("NOT_SAME", [["carl"]])):
        decided = {**pair, "decision": kind, "reason": "known"}
        answer = await world.ask(DECIDE, "data_steward", items=[decided])
        assert answer["data"]["decideIdentity"]["accepted"] == 1, answer
        await world.settle()
        assert await members(world) == expected
    assert await said(world, "carl", listed=False) == "ACCEPTED"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"segment": "gusts"}, "SEGMENT_UNKNOWN"),
        ({"segment": "in_rome"}, "SEGMENT_UNKNOWN"),
        ({"source": "crn"}, "UNKNOWN_SOURCE"),
        ({"listed": "maybe"}, "FIELD_TYPE"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "TAG_ENDED"),
        ({"value": 1}, "UNKNOWN_FIELD"),
    ],
)
async def test_what_is_wrong_is_refused_alone(
    world: RowWorld, item: dict[str, Any], code: str
) -> None:
    assert await said(world, "anna", **item) == code
    assert await members(world) == []


async def test_filling_lists_takes_a_right_of_its_own(world: RowWorld) -> None:
    given = {"segment": "guests", "source": "crm", "key": "anna"}
    answer = await world.ask(LISTING, "data_steward", items=[given])
    assert answer["data"] == {"listCustomers": None}


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"list": "gusts"}, "list: unknown list 'gusts', did you mean 'guests'?"),
        ({"not": {"list": "in_rome"}}, "not.list: unknown list 'in_rome'; known: guests"),
        (
            {"held": {"segment": "guests"}, "for": "1 day"},
            "of this list no past is kept: no segment of the catalog asks for it",
        ),
    ],
)
async def test_a_condition_names_a_list_that_is_there(
    world: RowWorld, condition: dict[str, Any], fault: str
) -> None:
    asked = "query($c: String!) { previewSegment(condition: $c) { size } }"
    answer = await world.ask(asked, OFFICER, c=json.dumps(condition))
    assert answer["errors"][0]["message"] == fault


async def test_a_list_that_another_is_made_of_stays(world: RowWorld) -> None:
    archive = "mutation($name: ID!) { archiveSegment(name: $name, version: 1) { version } }"
    assert await change(world, archive, OFFICER, name="guests") == ["SEGMENT_IN_USE"]


@pytest.mark.parametrize("column", ["record", "customer", "email"])
async def test_a_file_is_answered_row_by_row(world: RowWorld, tmp_path: Path, column: str) -> None:
    rows = {
        "record": ["source,key", "crm,anna", "crn,bert", "crm,dora"],
        "customer": ["customer,reason", f"{await customer_of(world, 'anna')},vip", "nobody,",
                     f"{await customer_of(world, 'dora')},"],
        "email": ["email", "anna@example.com", "who@example.com", "Dora@Example.com"],
    }[column]  # fmt: skip
    file = tmp_path / "guests.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    for listed, expected in ((True, [["anna"], ["dora"]]), (False, [])):
        results = await _imported(world, file, Listing("guests", listed, "fair"))
        codes = ["UNKNOWN_SOURCE" if column == "record" else "CUSTOMER_UNKNOWN"]
        assert [one.code for one in results if one.code] == codes
        assert [one.row for one in results] == [1, 2, 3]
        assert listing_in_words(results).startswith("2 of 3 rows taken\n  row 2:")
        await world.settle()
        assert await members(world) == expected


async def _imported(world: RowWorld, file: Path, listing: Listing) -> list[Any]:
    """The results, while services work: the command asks from a thread of its own."""
    loop = asyncio.get_running_loop()

    def ask(query: str, variables: Any) -> Any:
        asked = asyncio.run_coroutine_threadsafe(world.ask(query, OFFICER, **variables), loop)
        answer = asked.result()
        assert "errors" not in answer, answer
        return answer["data"]

    running = asyncio.create_task(asyncio.to_thread(lambda: list(listed_rows(file, listing, ask))))
    while not running.done():
        await world.settle()
        await asyncio.sleep(0.01)
    return await running
