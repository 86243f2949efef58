"""Segments made by people through the gateway: saved, seen by whom, changed, archived, replayed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from c360_segment.domain.told import Stretch

from c360_cli.assembly import assemble
from c360_cli.projections.rebuilding import rebuild_in_place
from tests.component.row_world import RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATALOG = """
sources: {crm: {priority: 0}}
identifiers: {email: {normalizer: email, tier: 1, tag: email}}
traits:
  name: {type: string, tag: name}
  city: {type: string, tag: city}
  wealth: {type: int, tag: financial}
  owner: {type: string, tag: public, rowRule: true}
  team: {type: string, tag: public, rowRule: true}
events: {order_completed: {properties: {amount: {type: float, tag: financial}}}}
segments:
  in_rome: {condition: {trait: city, op: equals, value: Rome}}
"""
POLICY = """p, privacy_officer, tag:city, filter, , allow, *, , , t-city
"""
SAVE = """mutation($name: ID!, $condition: String!, $version: Int! = 0, $note: String! = "") {
  saveSegment(name: $name, condition: $condition, version: $version, note: $note, title: "T") {
    name version isLive } }"""
ARCHIVE = """mutation($name: ID!, $version: Int!) {
  archiveSegment(name: $name, version: $version) { version isLive } }"""
ONE = """query($name: ID!) { segment(name: $name) { title version isArchived size
  members { edges { node { id } } } versions { version author note isArchived condition } } }"""
LIST = "{ segments { name } }"
BONN = {"trait": "city", "op": "equals", "value": "Bonn"}
RICH = {"trait": "wealth", "op": "at_least", "value": 10}
ANALYST, OFFICER, SUPPORT = "marketing_analyst", "privacy_officer", "support_agent"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    folder = tmp_path_factory.mktemp("saved")
    world = RowWorld(folder, policy=POLICY, rows="rows: {}\n", catalog=CATALOG)
    people = (("anna", "Rome", 20), ("bert", "Bonn", 5), ("carl", "Bonn", 30))
    await world.start(*(record(who, name=who, city=c, wealth=w) for who, c, w in people))
    yield world
    await world.close()


async def change(world: RowWorld, mutation: str, role: str, **variables: Any) -> Any:
    """The answer to a mutation, while segment reads what it puts on the log."""
    if isinstance(variables.get("condition"), dict):
        variables["condition"] = json.dumps(variables["condition"])

    async def work() -> None:
        while True:
            await world.settle("segment")
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        answer = await world.ask(mutation, role, **variables)
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    await world.settle()
    codes = [one["extensions"]["code"] for one in answer.get("errors", ())]
    return codes or next(iter(answer["data"].values()))


async def seen(world: RowWorld, name: str, role: str = OFFICER) -> Any:
    return (await world.ask(ONE, role, name=name))["data"]["segment"]


async def test_a_saved_segment_lives_beside_those_of_the_catalog(world: RowWorld) -> None:
    made = await change(world, SAVE, OFFICER, name="in_bonn", condition=BONN, note="because")
    assert made == {"name": "in_bonn", "version": 1, "isLive": True}
    found = await seen(world, "in_bonn")
    assert (found["title"], found["version"], found["size"]) == ("T", 1, 2)
    (version,) = found["versions"]
    assert (version["author"], version["note"]) == ("ann", "because")
    assert json.loads(version["condition"]) == BONN
    names = (await world.ask(LIST, OFFICER))["data"]["segments"]
    assert names[0] == {"name": "in_rome"}, "those of the catalog are first"
    assert {"name": "in_bonn"} in names
    await world.write([record("dora", name="dora", city="Bonn")])
    assert (await seen(world, "in_bonn"))["size"] == 3


async def test_who_came_second_is_told_so(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="raced", condition=BONN)
    assert await change(world, SAVE, OFFICER, name="raced", condition=RICH) == ["SEGMENT_CHANGED"]
    both = await asyncio.gather(
        *(change(world, SAVE, OFFICER, name="raced", condition=c, version=1) for c in (BONN, RICH))
    )
    assert sorted(map(str, both))[0] == "['SEGMENT_CHANGED']"
    assert (await seen(world, "raced"))["version"] == 2
    assert len((await seen(world, "raced"))["versions"]) == 2


async def test_an_archived_one_has_nobody_and_a_past(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="brief", condition=BONN)
    assert (await change(world, ARCHIVE, OFFICER, name="brief", version=1))["isLive"]
    names = (await world.ask(LIST, OFFICER))["data"]["segments"]
    assert "brief" not in [one["name"] for one in names]
    found = await seen(world, "brief")
    assert (found["isArchived"], found["size"], found["members"]["edges"]) == (True, 0, [])
    assert [one["isArchived"] for one in found["versions"]] == [True, False]
    again = await change(world, SAVE, OFFICER, name="brief", condition=BONN, version=2)
    assert again["version"] == 3
    assert (await seen(world, "brief"))["size"] >= 2


async def test_who_may_not_see_its_traits_is_not_told_of_it(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="rich_ones", condition=RICH)
    assert (await seen(world, "rich_ones"))["size"] == 2
    assert await seen(world, "rich_ones", ANALYST) is None
    taken = await change(world, SAVE, ANALYST, name="rich_ones", condition=BONN, version=1)
    assert taken == ["SEGMENT_NAME_TAKEN"]
    refused = await change(world, SAVE, ANALYST, name="sly", condition=RICH)
    assert refused == ["SEGMENT_CONDITION_INVALID"]
    refused = await change(world, SAVE, ANALYST, name="sly", condition={"segment": "rich_ones"})
    assert refused == ["SEGMENT_CONDITION_INVALID"]
    shown = await change(world, SAVE, OFFICER, name="rich_ones", condition=BONN, version=1)
    assert shown["version"] == 2
    told = await seen(world, "rich_ones", ANALYST)
    assert [one["condition"] is None for one in told["versions"]] == [False, True]


async def test_others_may_not_save_nor_touch_the_catalogs(world: RowWorld) -> None:
    refused = await change(world, SAVE, SUPPORT, name="mine", condition=BONN)
    assert "FIELD_DENIED" in refused
    taken = await change(world, SAVE, OFFICER, name="in_rome", condition=BONN)
    assert taken == ["SEGMENT_NAME_TAKEN"]
    assert await change(world, ARCHIVE, OFFICER, name="in_rome", version=1) == [
        "SEGMENT_NAME_TAKEN"
    ]


async def test_it_is_on_record(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="recorded", condition=BONN)
    asked = '{ operations(act: "segment_saved") { edges { node { target outcome } } } }'
    answer = await world.ask(asked, "auditor")
    assert "errors" not in answer, answer
    found = [edge["node"] for edge in answer["data"]["operations"]["edges"]]
    assert {"target": "recorded", "outcome": "done"} in found


HISTORY = """query($name: ID!) { segment(name: $name) { history { edges { node { at entered
  customer { id segments(asOf: "2020-01-01T00:00:00Z") { name } } } } } } }"""


async def test_who_moves_leaves_one_and_enters_another(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="moved_from", condition=BONN)
    await world.write([record("emil", name="emil", city="Bonn")])
    await world.write([record("emil", name="emil", city="Rome")])
    await world.settle()
    last: dict[str, Any] = {}
    for name in ("moved_from", "in_rome"):
        answer = await world.ask(HISTORY, OFFICER, name=name)
        assert "errors" not in answer, answer
        last[name] = answer["data"]["segment"]["history"]["edges"][0]["node"]
    left, entered = last["moved_from"], last["in_rome"]
    assert (left["entered"], entered["entered"]) == (False, True)
    assert (left["customer"], left["at"]) == (entered["customer"], entered["at"])
    assert entered["customer"]["segments"] == []


async def test_a_store_made_anew_has_the_same_segments_and_history(world: RowWorld) -> None:
    await change(world, SAVE, OFFICER, name="lived", condition=BONN)
    await change(world, SAVE, OFFICER, name="replayed", condition={"segment": "lived"})
    await world.workers["segment"].close()
    instance = assemble(world.settings.data)

    async def kept() -> tuple[str, Any]:
        store = instance.service("segment").open_store()
        found = await store.digest(), await store.history("lived", Stretch(0, None, 99))
        await store.close()
        return found

    before = await kept()
    assert before[1]
    assert await rebuild_in_place(instance, "segment") == 0
    assert await kept() == before
