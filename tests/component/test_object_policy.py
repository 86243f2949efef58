"""Fields of objects under policy: masked and denied wherever they are shown, and in what is made of
them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import RowWorld, record
from tests.component.test_objects import EVENTS, OBJECTS, bought, said, write

pytestmark = pytest.mark.asyncio(loop_scope="module")
CATALOG = """
sources: {crm: {priority: 0}, erp: {priority: 1}}
identifiers: {email: {normalizer: email, tier: 1, tag: email}}
traits:
  name: {type: string, tag: name}
  owner: {type: string, tag: public, rowRule: true}
  team: {type: string, tag: public, rowRule: true}
purposes: {marketing: {}}
objects:
  product:
    tag: public
    properties:
      category: {type: string, tag: public}
      seller: {type: string, tag: phone}
      cost: {type: float, tag: financial}
      note: {type: string, tag: free_text}
      listed: {type: date, tag: birth_date}
events:
  order_completed: {properties: {sku: {type: string, tag: public, refers: product}}}
computed:
  dear: {kind: count, event: order_completed,
    where: {property: product.cost, op: at_least, value: 5}, tag: financial}
segments:
  costs_us:
    condition: {event: order_completed, where: [{property: product.cost, op: at_least, value: 5}]}
  has_seller:
    condition: {event: order_completed, where: [{property: product.seller, op: exists}]}
"""
_MASKS = {
    "phone": "partial(0,4,4)",
    "financial": "band(10)",
    "free_text": "redact_text",
    "birth_date": "year",
}
_READ = ("name", "phone", "financial", "free_text", "birth_date", "record_key")
POLICY = "".join(
    [
        *(
            f"p, clerk, tag:{tag}, read, {mask}, allow, *, , , c-{tag}\n"
            for tag, mask in _MASKS.items()
        ),
        *(f"p, boss, tag:{tag}, read, , allow, *, , , b-{tag}\n" for tag in _READ),
        *(
            line
            for role in ("clerk", "boss", "buyer", "sourceless")
            for line in (
                f"p, {role}, *, read, , allow, *, , , {role}-all\n",
                f"p, {role}, tag:record_key, lookup, , allow, *, , , {role}-key\n",
                f"p, {role}, operation:ad-hoc, ask, , allow, *, , , {role}-ask\n",
            )
        ),
        "p, buyer, Product.cost, read, , deny, *, , , no-cost\n",
        "g, buyer, boss\n",
        "p, sourceless, CatalogObject.source, read, , deny, *, , , no-source\n",
        "g, sourceless, boss\n",
    ]
)
ROWS = """rows: {}
consent:
  - {object: tag:phone, purposes: [marketing], roles: [boss]}
"""
SELLER = "+49 151 23456789"
PRODUCT = {
    "category": "tea",
    "seller": SELLER,
    "cost": 17.5,
    "note": "ask a@example.com",
    "listed": "2024-05-06",
}
FIELDS = "category seller cost note listed source"
PLAIN = "category seller cost note listed"
ONE = """{ object(type: "product", key: "p1") { ... on Product { FIELDS } } }"""
SEEN = """{ customerByRecord(source: "crm", key: "anna") {
  id profile { dear } segments { name }
  timeline { edges { node { ... on OrderCompleted { sku product { FIELDS } } } } } } }"""
WHY = """query($customer: ID!) { segment(name: "costs_us") { why(customer: $customer) {
  isMember findings { evidence { count } } } } }"""
FOUND = "{ customers(filter: {dear: {atLeast: 1}}) { edges { node { id } } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("guarded"), policy=POLICY, rows=ROWS, catalog=CATALOG)
    await world.start(record("anna", name="Anna"))
    await write(world, OBJECTS, said("p1", **PRODUCT))
    await write(world, EVENTS, bought("anna", "m1", sku="p1"))
    yield world
    await world.close()


async def shown(world: RowWorld, role: str, fields: str = FIELDS, **more: Any) -> tuple[Any, Any]:
    """The object by its key and beside its event, as a role is shown it."""
    one = await world.ask(ONE.replace("FIELDS", fields), role, **more)
    customer = await known(world, role, fields, **more)
    return one["data"]["object"], customer["timeline"]["edges"][0]["node"]["product"]


async def known(world: RowWorld, role: str, fields: str = PLAIN, **more: Any) -> Any:
    answer = await world.ask(SEEN.replace("FIELDS", fields), role, **more)
    return answer["data"]["customerByRecord"]


async def test_an_object_is_masked_wherever_it_is_shown(world: RowWorld) -> None:
    masked = {
        "category": "tea",
        "seller": "***6789",
        "cost": 10.0,
        "note": "ask ***",
        "listed": "2024-01-01",
        "source": "erp",
    }
    assert await shown(world, "clerk") == (masked, masked)
    whole = {**PRODUCT, "source": "erp"}
    assert await shown(world, "boss") == (whole, whole)


async def test_a_rule_that_names_a_property_or_the_interface_hides_it(world: RowWorld) -> None:
    hidden = {**PRODUCT, "source": "erp", "cost": None}
    assert await shown(world, "buyer") == (hidden, hidden)
    assert await shown(world, "sourceless", PLAIN) == (PRODUCT, PRODUCT)
    # No object is without a source: who may not see it and asks for it is told of none.
    assert await shown(world, "sourceless") == (None, None)


async def test_what_is_masked_or_denied_is_in_nothing_that_is_made_of_it(world: RowWorld) -> None:
    told: dict[str, Any] = {}
    for role in ("boss", "clerk", "buyer"):
        found = await known(world, role)
        groups = {one["name"] for one in found["segments"]}
        told[role] = (found["profile"] or {}).get("dear"), groups
    assert told["boss"] == (1, {"costs_us", "has_seller"})
    assert told["buyer"] == (None, {"has_seller"})
    # A band of a count is shown; whether somebody is in a group is no band of anything.
    assert told["clerk"] == (0, set())


async def test_nobody_filters_or_asks_why_by_what_he_does_not_see(world: RowWorld) -> None:
    anna = (await known(world, "boss"))["id"]
    assert len((await world.ask(FOUND, "boss"))["data"]["customers"]["edges"]) == 1
    why = (await world.ask(WHY, "boss", customer=anna))["data"]["segment"]["why"]
    assert why == {"isMember": True, "findings": [{"evidence": {"count": 1}}]}
    for role in ("clerk", "buyer"):
        refused = await world.ask(FOUND, role)
        assert {one["extensions"]["code"] for one in refused["errors"]} == {"ARGUMENT_DENIED"}
        assert (await world.ask(WHY, role, customer=anna))["data"] == {"segment": None}


async def test_nobody_consents_for_an_object(world: RowWorld) -> None:
    one, beside = await shown(world, "boss", purpose="marketing")
    assert (one["seller"], beside["seller"], one["cost"]) == (None, None, 17.5)
    granted = {"source": "crm", "key": "anna", "purpose": "marketing", "status": "GRANTED"}
    await world.consent([{**granted, "at": "2026-01-01T00:00:00Z"}])
    one, _ = await shown(world, "boss", purpose="marketing")
    assert one["seller"] is None
    groups = (await known(world, "boss", purpose="marketing"))["segments"]
    assert {one["name"] for one in groups} == {"costs_us"}
