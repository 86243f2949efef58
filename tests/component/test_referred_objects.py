"""What traits refer to, through the gateway: shown, filtered by, and in segments, under policy."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import RowWorld, record
from tests.component.test_objects import OBJECTS, said, write

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATALOG = """
sources: {crm: {priority: 0}, erp: {priority: 1}}
identifiers: {email: {normalizer: email, tier: 1, tag: email}}
traits:
  name: {type: string, tag: name}
  owner: {type: string, tag: public, rowRule: true}
  team: {type: string, tag: public, rowRule: true}
  shop: {type: string, tag: public, refers: store, as: favouriteStore}
  plan: {type: string, tag: financial, refers: tariff}
purposes: {marketing: {}}
objects:
  store:
    tag: public
    properties: {city: {type: string, tag: public}, rent: {type: float, tag: financial}}
  tariff: {tag: financial, properties: {name: {type: string, tag: public}}}
segments:
  in_bonn: {condition: {trait: favouriteStore.city, op: equals, value: Bonn}}
  dear: {condition: {trait: favouriteStore.rent, op: at_least, value: 5}}
  flat: {condition: {trait: tariff.name, op: equals, value: Flat}}
"""
_ALL = ("boss", "clerk", "shopless", "cityless", "unfiltered", "blind")
POLICY = "".join(
    [
        *(f"p, {role}, *, read, , allow, *, , , {role}-all\n" for role in _ALL),
        *(f"p, {role}, operation:ad-hoc, ask, , allow, *, , , {role}-ask\n" for role in _ALL),
        *(f"p, {role}, tag:name, read, , allow, *, , , {role}-name\n" for role in _ALL),
        *(f"p, {role}, tag:financial, read, , allow, *, , , {role}-f\n" for role in _ALL[:1]),
        "p, clerk, tag:financial, read, band(10), allow, *, , , clerk-band\n",
        "p, shopless, Profile.shop, read, , deny, *, , , no-shop\n",
        "p, cityless, Store.city, read, , deny, *, , , no-city\n",
        "p, unfiltered, StoreObjectFilter.city, filter, , deny, *, , , no-filter\n",
        "p, blind, Profile.favouriteStore, read, , deny, *, , , no-store\n",
    ]
)
ROWS = """rows: {}
consent:
  - {object: Profile.shop, purposes: [marketing], roles: [boss]}
"""
PROFILES = """{ customers { edges { node { profile {
  name shop favouriteStore { key city rent } plan tariff { name } } } } } }"""
FOUND = """query($f: CustomerFilter) { customers(filter: $f) {
  totalCount edges { node { profile { name } } } } }"""
MEMBERS = """query($name: ID!) { segment(name: $name) {
  members { edges { node { profile { name } } } } } }"""
PREVIEW = "query($c: String!) { previewSegment(condition: $c) { size } }"
BONN = {"favouriteStore": {"city": {"equals": "Bonn"}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    folder = tmp_path_factory.mktemp("referred")
    world = RowWorld(folder, policy=POLICY, rows=ROWS, catalog=CATALOG)
    await world.start(
        record("anna", name="anna", shop="s1", plan="t1"), record("bert", name="bert", shop="s2")
    )
    yield world
    await world.close()


async def found(world: RowWorld, given: Any, role: str = "boss") -> Any:
    """The names of who is found, or the codes of why nobody is."""
    answer = await world.ask(FOUND, role, f=given)
    if "errors" in answer:
        return {one["extensions"]["code"] for one in answer["errors"]}
    listed = answer["data"]["customers"]
    names = [edge["node"]["profile"]["name"] for edge in listed["edges"]]
    assert listed["totalCount"] == len(names)
    return sorted(names)


async def members(world: RowWorld, name: str, role: str = "boss") -> Any:
    segment = (await world.ask(MEMBERS, role, name=name))["data"]["segment"]
    edges = segment["members"]["edges"]
    return sorted(one["node"]["profile"]["name"] for one in edges)


async def profile_of_anna(world: RowWorld, role: str) -> Any:
    edges = (await world.ask(PROFILES, role))["data"]["customers"]["edges"]
    return next(e["node"]["profile"] for e in edges if e["node"]["profile"]["name"] == "anna")


async def test_the_answer_is_of_the_objects_of_its_moment(world: RowWorld) -> None:
    assert await found(world, BONN) == []
    assert await members(world, "in_bonn") == []
    for city, expected in (("Bonn", ["anna"]), ("Rome", []), ("Bonn", ["anna"])):
        await write(world, OBJECTS, said("s1", "store", city=city, rent=17.5))
        assert await found(world, BONN) == expected
        assert await members(world, "in_bonn") == expected
    assert await found(world, {"favouriteStore": {"city": {"exists": False}}}) == ["bert"]
    assert await members(world, "dear") == ["anna"]
    await write(world, OBJECTS, said("t1", "tariff", name="Flat"))
    assert await members(world, "flat") == ["anna"]
    assert await found(world, {"tariff": {"name": {"equals": "Flat"}}}) == ["anna"]
    shown = await profile_of_anna(world, "boss")
    assert shown["favouriteStore"] == {"key": "s1", "city": "Bonn", "rent": 17.5}
    assert shown["tariff"] == {"name": "Flat"}
    assert await found(world, {"segments": {"inBonn": True, "dear": True}}) == ["anna"]
    assert await found(world, {"segments": {"inBonn": False}}) == ["bert"]
    # A customer who comes to another store, without a word of the store.
    await world.write([{**record("bert", name="bert", shop="s1"), "revision": 2}])
    assert await members(world, "in_bonn") == await found(world, BONN) == ["anna", "bert"]
    await write(world, OBJECTS, said("s1", "store", deleted=True))
    assert await members(world, "in_bonn") == await found(world, BONN) == []
    await write(world, OBJECTS, said("s1", "store", city="Bonn", rent=17.5))
    draft = json.dumps({"not": {"trait": "favouriteStore.city", "op": "equals", "value": "Rome"}})
    assert (await world.ask(PREVIEW, "boss", c=draft))["data"]["previewSegment"]["size"] == 2


async def test_an_object_is_masked_and_denied_where_a_trait_shows_it(world: RowWorld) -> None:
    masked = await profile_of_anna(world, "clerk")
    assert masked["favouriteStore"] == {"key": "s1", "city": "Bonn", "rent": 10.0}
    assert masked["tariff"] is None
    assert (await profile_of_anna(world, "shopless"))["favouriteStore"] is None
    assert (await profile_of_anna(world, "blind"))["favouriteStore"] is None
    hidden = (await profile_of_anna(world, "cityless"))["favouriteStore"]
    assert hidden == {"key": "s1", "city": None, "rent": None}


@pytest.mark.parametrize("role", ["shopless", "cityless", "unfiltered", "blind"])
async def test_nobody_finds_by_what_he_does_not_see(world: RowWorld, role: str) -> None:
    assert await found(world, BONN, role) == {"ARGUMENT_DENIED"}
    asked = {"segments": {"inBonn": True}}
    is_read = role == "blind"
    assert (await found(world, asked, role) == {"ARGUMENT_DENIED"}) is not is_read
    assert len(await found(world, {"name": {"exists": True}}, role)) == 2


async def test_nobody_finds_by_what_is_masked(world: RowWorld) -> None:
    assert await found(world, {"favouriteStore": {"rent": {"atLeast": 5}}}, "clerk") == {
        "ARGUMENT_DENIED"
    }
    assert await found(world, {"tariff": {"name": {"exists": True}}}, "clerk") == {
        "ARGUMENT_DENIED"
    }
    assert len(await found(world, BONN, "clerk")) == 2


async def test_nobody_drafts_a_segment_of_what_he_may_not_filter_by(world: RowWorld) -> None:
    draft = json.dumps({"trait": "favouriteStore.city", "op": "exists"})
    told = await world.ask(PREVIEW, "unfiltered", c=draft)
    assert told["errors"][0]["message"].startswith("trait: unknown trait 'favouriteStore.city'")
    told = await world.ask(PREVIEW, "clerk", c=draft)
    assert told["data"]["previewSegment"]["size"] == 2


@pytest.mark.parametrize("role", ["shopless", "cityless", "clerk"])
async def test_a_segment_is_told_to_who_may_read_what_it_asks(world: RowWorld, role: str) -> None:
    listed = (await world.ask("{ segments { name } }", role))["data"]["segments"]
    names = {one["name"] for one in listed}
    assert names == ({"in_bonn"} if role == "clerk" else set())
    draft = json.dumps({"trait": "favouriteStore.rent", "op": "at_least", "value": 5})
    answer = await world.ask(PREVIEW, role, c=draft)
    assert "unknown trait 'favouriteStore.rent'" in answer["errors"][0]["message"]


async def test_what_a_consent_is_asked_for_shows_no_object_without_it(world: RowWorld) -> None:
    answer = await world.ask(PROFILES, "boss", purpose="marketing")
    profiles = [one["node"]["profile"] for one in answer["data"]["customers"]["edges"]]
    assert [(one["shop"], one["favouriteStore"]) for one in profiles] == [(None, None)] * 2
    asked = await world.ask(FOUND, "boss", purpose="marketing", f=BONN)
    assert {one["extensions"]["code"] for one in asked["errors"]} == {"ARGUMENT_DENIED"}
    listed = await world.ask("{ segments { name } }", "boss", purpose="marketing")
    assert {one["name"] for one in listed["data"]["segments"]} == {"flat"}
    granted = {"source": "crm", "key": "anna", "purpose": "marketing", "status": "GRANTED"}
    await world.consent([{**granted, "at": "2026-01-01T00:00:00Z"}])
    answer = await world.ask(PROFILES, "boss", purpose="marketing")
    profiles = [one["node"]["profile"] for one in answer["data"]["customers"]["edges"]]
    shown = {one["name"]: (one["shop"], one["favouriteStore"]) for one in profiles}
    assert shown["bert"] == (None, None)
    assert shown["anna"] == ("s1", {"key": "s1", "city": "Bonn", "rent": 17.5})
