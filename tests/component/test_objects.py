"""Objects through the gateway: written, shown beside events, read by computed traits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import parse_mapping
from c360_mapping.row import Row

from c360_cli.imports.sending import OPERATIONS
from tests.component.row_world import RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATALOG = """
sources: {crm: {priority: 0}, erp: {priority: 1}}
identifiers: {email: {normalizer: email, tier: 1, tag: email}}
traits:
  name: {type: string, tag: name}
  owner: {type: string, tag: public, rowRule: true}
  team: {type: string, tag: public, rowRule: true}
objects:
  product:
    title: Product
    tag: behaviour
    properties:
      category: {type: string, tag: behaviour}
      price: {type: float, tag: public}
      cost: {type: float, tag: financial}
  store: {tag: public, properties: {city: {type: string, tag: public}}}
events:
  order_completed:
    properties:
      sku: {type: string, tag: behaviour, refers: product}
      at: {type: string, tag: public, refers: store, as: shop}
      amount: {type: float, tag: financial}
computed:
  categories: {kind: unique_count, event: order_completed, property: product.category,
    last: 90 days, tag: behaviour}
  dear: {kind: count, event: order_completed,
    where: {property: product.cost, op: at_least, value: 5},
    tag: behaviour}
segments:
  likes_tea:
    condition:
      event: order_completed
      where: [{property: product.category, op: equals, value: tea}]
  costs_us:
    condition: {event: order_completed, where: [{property: product.cost, op: at_least, value: 5}]}
"""
POLICY = """p, support_agent, tag:behaviour, read, , allow, *, , , t-behaviour
p, marketer, tag:behaviour, read, , allow, *, , , t-marketer
p, marketer, *, read, , allow, *, , , t-marketer-public
p, marketer, operation:ad-hoc, ask, , allow, *, , , t-marketer-ask
p, marketer, tag:record_key, lookup, , allow, *, , , t-marketer-key
p, privacy_officer, tag:financial, read, , allow, *, , , t-financial
p, erp_writer, Mutation.*, write, , allow, *, , , t-write
p, erp_writer, tag:financial, write, , deny, *, , , t-no-cost
p, erp_writer, WriteResult.*, read, , allow, *, , , t-result
p, erp_writer, ItemResult.*, read, , allow, *, , , t-item
p, erp_writer, operation:ad-hoc, ask, , allow, *, , , t-ask
p, outsider, *, read, , allow, *, , , t-public
p, outsider, operation:ad-hoc, ask, , allow, *, , , t-out-ask
"""
OBJECTS = """mutation($items: [ObjectInput!]!) { upsertObjects(objects: $items) {
  refused results { status code path message } } }"""
EVENTS = """mutation($items: [EventInput!]!) { trackEvents(events: $items) { refused } }"""
SEEN = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  profile { categories dear }
  computed { trait events { edges { node { messageId } } } }
  timeline { edges { node { messageId ... on OrderCompleted {
    sku product { key category price cost source } shop { city } } } } } } }"""
ONE = """query($type: String!, $key: String!) { object(type: $type, key: $key) {
  __typename objectType source ... on Product { key category price cost } } }"""
GROUPS = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  segments { name } } segments { name } }"""
PREVIEW = "query($condition: String!) { previewSegment(condition: $condition) { size } }"
ALL = ("support_agent", "privacy_officer")


def said(key: str, type_: str = "product", source: str = "erp", **properties: object) -> Any:
    more = {name: properties.pop(name) for name in ("observedAt", "deleted") if name in properties}
    return {"source": source, "type": type_, "key": key, "properties": properties, **more}


def bought(who: str, message: str, **properties: object) -> Any:
    named = {"source": "crm", "key": who, "messageId": f"{who}-{message}"}
    named["name"] = "order_completed"
    return {**named, "properties": properties}


async def write(world: RowWorld, mutation: str, *items: Any, role: str = "connector") -> Any:
    answer = await world.ask(mutation, role, items=list(items))
    assert "errors" not in answer, answer
    (result,) = answer["data"].values()
    await world.settle()
    return result


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    folder = tmp_path_factory.mktemp("objects")
    world = RowWorld(folder, policy=POLICY, rows="rows: {}\n", catalog=CATALOG)
    await world.start(*(record(who, name=who) for who in ("anna", "bert", "carl", "dora", "emil")))
    yield world
    await world.close()


async def seen(world: RowWorld, who: str, *roles: str) -> Any:
    answer = await world.ask(SEEN, *roles, key=who)
    assert answer["data"]["customerByRecord"] is not None, answer
    return answer["data"]["customerByRecord"]


async def test_an_event_shows_what_it_refers_to_as_it_is_now(world: RowWorld) -> None:
    await write(
        world,
        EVENTS,
        bought("anna", "m1", sku="anna-p1", at="anna-s1", amount=3.0),
        bought("anna", "m2"),
    )
    first = await seen(world, "anna", *ALL)
    by_id = {one["node"]["messageId"]: one["node"] for one in first["timeline"]["edges"]}
    assert by_id["anna-m1"]["product"] is None
    assert by_id["anna-m2"]["product"] is None
    assert first["profile"] == {"categories": None, "dear": None}
    done = await write(
        world,
        OBJECTS,
        said("anna-p1", category="tea", price=2.5, cost=9.0, observedAt="2024-01-02T00:00:00Z"),
        said("anna-p1", category="old", observedAt="2024-01-01T00:00:00Z"),
        said("anna-s1", "store", city="Fuzhou"),
    )
    assert [one["status"] for one in done["results"]] == ["ACCEPTED"] * 3
    now = await seen(world, "anna", *ALL)
    by_id = {one["node"]["messageId"]: one["node"] for one in now["timeline"]["edges"]}
    product = {"key": "anna-p1", "category": "tea", "price": 2.5, "cost": 9.0, "source": "erp"}
    assert by_id["anna-m1"]["product"] == product
    assert by_id["anna-m1"]["shop"] == {"city": "Fuzhou"}
    assert now["profile"] == {"categories": 1, "dear": 1}


async def test_computed_traits_follow_what_changes_of_an_object(world: RowWorld) -> None:
    await write(
        world, OBJECTS, said("bert-p1", category="tea", cost=1.0), said("bert-p2", category="ink")
    )
    await write(
        world,
        EVENTS,
        bought("bert", "m1", sku="bert-p1"),
        bought("bert", "m2", sku="bert-p2"),
        bought("bert", "m3"),
    )
    assert (await seen(world, "bert", *ALL))["profile"] == {"categories": 2, "dear": None}
    await write(world, OBJECTS, said("bert-p1", category="ink", cost=7.0))
    found = await seen(world, "bert", *ALL)
    assert found["profile"] == {"categories": 1, "dear": 1}
    why = {one["trait"]: one["events"] for one in found["computed"]}
    ids = {name: {e["node"]["messageId"] for e in of["edges"]} for name, of in why.items()}
    assert ids == {"categories": {"bert-m1", "bert-m2"}, "dear": {"bert-m1"}}
    deleted = {"source": "erp", "type": "product", "key": "bert-p1", "deleted": True}
    gone = await write(world, OBJECTS, deleted)
    assert not gone["refused"], gone
    assert (await seen(world, "bert", *ALL))["profile"] == {"categories": 1, "dear": None}
    answer = await world.ask(ONE, *ALL, type="product", key="bert-p1")
    assert answer["data"] == {"object": None}


async def test_an_object_is_read_under_policy(world: RowWorld) -> None:
    await write(world, OBJECTS, said("carl-p1", category="tea", price=2.5, cost=9.0))
    await write(world, EVENTS, bought("carl", "m1", sku="carl-p1"))
    whole = await world.ask(ONE, *ALL, type="product", key="carl-p1")
    named = {"__typename": "Product", "objectType": "product", "source": "erp", "key": "carl-p1"}
    assert whole["data"]["object"] == {**named, "category": "tea", "price": 2.5, "cost": 9.0}
    some = (await world.ask(ONE, "outsider", type="product", key="carl-p1"))["data"]["object"]
    assert (some["price"], some["key"], some["category"], some["cost"]) == (2.5, None, None, None)
    unknown = await world.ask(ONE, "outsider", type="car", key="carl-p1")
    codes = {one["extensions"]["code"] for one in unknown["errors"]}
    assert "OBJECT_TYPE_UNKNOWN" in codes


async def test_who_may_not_see_what_a_trait_is_made_of_does_not_see_it(world: RowWorld) -> None:
    await write(world, OBJECTS, said("dora-p1", category="tea", price=2.5, cost=9.0))
    await write(world, EVENTS, bought("dora", "m1", sku="dora-p1"))
    marketer = await seen(world, "dora", "marketer")
    assert marketer["profile"] == {"categories": 1, "dear": None}
    assert [one["trait"] for one in marketer["computed"]] == ["categories"]


async def test_items_are_judged_alone(world: RowWorld) -> None:
    done = await write(
        world,
        OBJECTS,
        said("x-p1", "produkt"),
        said("x-p1", categry="x"),
        said("x-p1", price="cheap"),
        said("x-p1", source="shop"),
        said("x-p1", category="tea", deleted=True),
        said("null", category="tea"),
        {**said("x-p1"), "more": 1},
    )
    assert [(one["code"], one["path"]) for one in done["results"]] == [
        ("UNKNOWN_OBJECT", "type"),
        ("UNKNOWN_PROPERTY", "properties.categry"),
        ("PROPERTY_TYPE", "properties.price"),
        ("UNKNOWN_SOURCE", "source"),
        ("FIELD_TYPE", "deleted"),
        ("KEY_PLACEHOLDER", "key"),
        ("UNKNOWN_FIELD", "more"),
    ]


async def test_what_an_import_makes_of_rows_is_taken(world: RowWorld) -> None:
    mapping = parse_mapping(
        "format: csv\nkind: objects\ntype: {constant: product}\nkey: sku\n"
        "observedAt: {constant: '2024-01-01T00:00:00Z'}\n"
        "properties: {category: group, price: {column: price, type: float}}\n"
    )
    maker = ItemMaker(mapping, "erp", 0)
    rows = [{"sku": f"file-{n}", "group": "tea", "price": "2.5"} for n in range(2)]
    items = [maker.make(Row(n, cells), "") for n, cells in enumerate(rows)]
    query = OPERATIONS["objects"].query
    answer = await world.ask(query, "connector", objects=items, wait="NONE")
    await world.settle()
    results = answer["data"]["upsertObjects"]["results"]
    assert [(one["index"], one["status"]) for one in results] == [(0, "ACCEPTED"), (1, "ACCEPTED")]
    found = (await world.ask(ONE, *ALL, type="product", key="file-1"))["data"]["object"]
    assert (found["category"], found["price"], found["source"]) == ("tea", 2.5, "erp")


async def test_what_is_held_word_for_word_is_a_duplicate_of_its_source_alone(
    world: RowWorld,
) -> None:
    at = {"observedAt": "2024-02-01T00:00:00Z"}
    first = said("again-1", category="tea", price=2, **at)
    gone = {"source": "erp", "type": "product", "key": "again-2", "deleted": True, **at}
    await write(world, OBJECTS, first, gone)
    done = await write(world, OBJECTS, first, gone)
    assert [one["status"] for one in done["results"]] == ["DUPLICATE"] * 2
    done = await write(
        world,
        OBJECTS,
        said("again-1", category="ink", price=2, **at),
        said("again-1", source="crm", category="tea", price=2, **at),
        said("again-1", category="tea", price=2, observedAt="2024-01-01T00:00:00Z"),
        said("again-2", **at),
        first,
    )
    assert [one["status"] for one in done["results"]] == [*["ACCEPTED"] * 4, "DUPLICATE"]
    answer = await world.ask(ONE, *ALL, type="product", key="again-1")
    assert answer["data"]["object"]["source"] == "erp", "of one time what was said last holds"


async def test_who_may_not_write_a_property_writes_none(world: RowWorld) -> None:
    items = said("p9", cost=1.0), said("p9", price=2.0)
    done = await write(world, OBJECTS, *items, role="erp_writer")
    assert [(one["status"], one["code"], one["path"]) for one in done["results"]] == [
        ("REFUSED", "WRITE_DENIED", "properties.cost"),
        ("ACCEPTED", None, None),
    ]


async def groups(world: RowWorld, who: str, *roles: str) -> tuple[set[str], set[str]]:
    """The segments that somebody is in, and all that there are, as these roles are told."""
    answer = await world.ask(GROUPS, *roles, key=who)
    data = answer["data"]
    own = {one["name"] for one in data["customerByRecord"]["segments"]}
    return own, {one["name"] for one in data["segments"]}


async def test_a_segment_follows_an_object_that_comes_late_and_changes(world: RowWorld) -> None:
    await write(world, EVENTS, bought("emil", "m1", sku="emil-p1"))
    assert (await groups(world, "emil", *ALL))[0] == set()
    await write(world, OBJECTS, said("emil-p1", category="tea", cost=9.0))
    assert (await groups(world, "emil", *ALL))[0] == {"likes_tea", "costs_us"}
    await write(world, OBJECTS, said("emil-p1", category="ink", cost=9.0))
    assert (await groups(world, "emil", *ALL))[0] == {"costs_us"}
    await write(
        world, OBJECTS, {"source": "erp", "type": "product", "key": "emil-p1", "deleted": True}
    )
    assert (await groups(world, "emil", *ALL))[0] == set()


async def test_who_may_not_see_what_a_segment_reads_of_objects_is_told_of_none(
    world: RowWorld,
) -> None:
    await write(world, OBJECTS, said("emil-p2", category="tea", cost=9.0))
    await write(world, EVENTS, bought("emil", "m2", sku="emil-p2"))
    assert await groups(world, "emil", "marketer") == ({"likes_tea"}, {"likes_tea"})
    assert await groups(world, "emil", *ALL) == ({"likes_tea", "costs_us"},) * 2
    dear = '{"property": "product.cost", "op": "at_least", "value": 5}'
    condition = f'{{"event": "order_completed", "where": [{dear}]}}'
    hidden = await world.ask(PREVIEW, "marketer", condition=condition)
    (error,) = hidden["errors"]
    assert error["extensions"]["code"] == "SEGMENT_CONDITION_INVALID"
    assert "unknown property 'product.cost'" in error["message"]
    seen = await world.ask(PREVIEW, *ALL, condition=condition)
    assert seen["data"]["previewSegment"]["size"] >= 1
