"""A caller's scope through the subgraph: who is left out of it looks like nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.bootstrap import build
from c360_identity.graph import identity_subgraphs
from c360_identity.graph.directory import CustomerLookup
from c360_identity.settings import IdentitySettings
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import IDS, TEST_CATALOG, feed, handler_of, record_key, rules_of
from c360_identity.testing.scoped_contract import NORTH, WORLD, Regions
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.plain import condition_text
from c360_kernel.context import CallerContext

CALLER = CallerContext("tester", ("admin",))
SCOPED = replace(CALLER, predicate=condition_text(NORTH))
LOOK_UPS = """query($id: ID!, $key: String!, $phone: String!) {
  customer(id: $id) { id records { key } } node(id: $id) { id }
  customerByRecord(source: "crm", key: $key) { id }
  customerByIdentifier(type: PHONE, value: $phone) { id }
  customersByIdentifier(type: PHONE, value: $phone) { id }
  customersOf(sources: ["crm"], keys: [$key])
}"""
RECORDS = "query($r: [_Any!]!) { _entities(representations: $r) { ... on SourceRecord { firstSeenAt"
RECORDS += " identifiers { phone } } } }"
Ask = Callable[..., Any]


@pytest_asyncio.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Ask]:
    store = SqliteIdentityStore(tmp_path / "identity.db", IDS)
    rules = rules_of(TEST_CATALOG, crowd=4)
    await feed(store, handler_of(TEST_CATALOG, rules), [WORLD])
    directory = CustomerLookup(store, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS, Regions())
    subgraph = identity_subgraphs(TEST_CATALOG)(store, directory)

    async def ask(caller: CallerContext, query: str, **variables: object) -> Any:
        response = await subgraph.execute(query, variables, None, caller)
        assert "errors" not in response, response
        return response["data"]

    yield ask
    await store.close()


async def look_up(ask: Ask, caller: CallerContext, key: str, phone: str) -> Any:
    return await ask(caller, LOOK_UPS, id=IDS(record_key(f"crm/{key}")), key=key, phone=phone)


async def test_whoever_is_in_scope_is_found_every_way(ask: Ask) -> None:
    assert await look_up(ask, SCOPED, "n1", "1") == await look_up(ask, CALLER, "n1", "1")


@pytest.mark.parametrize(("key", "phone"), [("s1", "2"), ("unknown", "5")])
async def test_whoever_is_not_is_found_in_no_way(ask: Ask, key: str, phone: str) -> None:
    everybody = await look_up(ask, CALLER, key, phone)
    assert all(everybody.values())
    assert await look_up(ask, SCOPED, key, phone) == await look_up(ask, CALLER, "x", "9")


async def test_records_of_whoever_is_not_are_not_there(ask: Ask) -> None:
    asked = [
        {"__typename": "SourceRecord", "source": "crm", "key": key} for key in ("n1", "s1", "x")
    ]
    n1, *others = (await ask(SCOPED, RECORDS, r=asked))["_entities"]
    assert n1["identifiers"] == {"phone": ["1"]}
    assert others == [None, None]


async def test_the_service_knows_no_values_yet_and_so_tells_of_nobody(tmp_path: Path) -> None:
    service = build(IdentitySettings(data=tmp_path), default_catalog(), b"a key for tests")
    store, subgraph = service.open_store(), service.open_graph()
    await feed(store, service.handler, [WORLD[:3]])
    query = '{ customerByRecord(source: "crm", key: "n1") { id } }'
    for caller, is_found in ((CALLER, True), (SCOPED, False)):
        response = await subgraph.execute(query, {}, None, caller)
        assert bool(response["data"]["customerByRecord"]) is is_found
    await store.close()
