"""A caller's scope through the subgraph: who is left out of it looks like nobody."""

from dataclasses import replace

import pytest
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, consented, tracked, upserted

CALLER = CallerContext("tester", ("admin",), visibility=everything(CATALOG))
NORTH = replace(CALLER, predicate=condition_text(ValueTest("city", "equals", "north")))
PEOPLE = {"n1": "north", "s1": "south", "n2": "north", "s2": "south", "t1": None}
CUSTOMER = """
  profile { name city } profileCode provenance { trait } updatedAt
  timeline { edges { cursor node { messageId } } pageInfo { hasNextPage } }
  consents { purpose }
"""
RECORD = "traits { name } history { revision }"
LIST = "query($a: String) { customers(first: 1, after: $a) { totalCount edges { node { id } }"
LIST += " pageInfo { hasNextPage endCursor } } }"
ENTITIES = "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {} {{ {} }} }} }}"


def entries():
    for at, (id_, city) in enumerate(PEOPLE.items(), start=1):
        key = RecordKey("crm", id_)
        yield upserted(key, {"name": id_} | ({"city": city} if city else {}), at=at)
        yield upserted(key, {"name": id_} | ({"city": city} if city else {}), at=at, revision=2)
        yield tracked(key, id_, at=at)
        yield consented(key, "marketing", "granted", at=at)
        yield assigned(key, id_, at=at)


@pytest.fixture
async def ask(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, list(entries()))
    subgraph = profile_subgraphs(RULES, SEALER)(store)

    async def ask(caller, query, **variables):
        response = await subgraph.execute(query, variables, None, caller)
        assert "errors" not in response, response
        return response["data"]

    yield ask
    await store.close()


async def entities(ask, caller, type_, fields, representations):
    query = ENTITIES.format(type_, fields)
    found = await ask(caller, query, r=[{"__typename": type_, **one} for one in representations])
    return found["_entities"]


async def test_a_list_pages_and_counts_whom_it_may(ask):
    first = (await ask(NORTH, LIST))["customers"]
    assert (first["totalCount"], first["edges"][0]["node"]["id"]) == (2, "n1")
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await ask(NORTH, LIST, a=first["pageInfo"]["endCursor"]))["customers"]
    assert [edge["node"]["id"] for edge in second["edges"]] == ["n2"]
    assert second["pageInfo"]["hasNextPage"] is False
    assert (await ask(CALLER, LIST))["customers"]["totalCount"] == 5


async def test_a_customer_out_of_scope_looks_like_one_who_is_not_there(ask):
    for_all = await entities(ask, CALLER, "Customer", CUSTOMER, [{"id": id_} for id_ in PEOPLE])
    assert all(one["timeline"]["edges"] and one["updatedAt"] for one in for_all)
    requests = [{"id": id_} for id_ in (*PEOPLE, "nobody")]
    n1, s1, n2, s2, t1, nobody = await entities(ask, NORTH, "Customer", CUSTOMER, requests)
    assert [n1, n2] == [for_all[0], for_all[2]]
    assert s1 == s2 == t1 == nobody


async def test_a_record_out_of_scope_looks_like_one_that_is_not_there(ask):
    requests = [{"source": "crm", "key": key} for key in ("n1", "s1", "t1", "nobody")]
    n1, *others = await entities(ask, NORTH, "SourceRecord", RECORD, requests)
    assert n1 == {"traits": {"name": "n1"}, "history": [{"revision": 2}, {"revision": 1}]}
    assert others == [{"traits": None, "history": []}] * 3


async def test_a_scope_that_is_not_understood_is_told_nothing(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    subgraph = profile_subgraphs(RULES, SEALER)(store)
    broken = replace(CALLER, predicate='["every"]')
    response = await subgraph.execute("{ customers { totalCount } }", {}, None, broken)
    assert "data" not in response
    await store.close()
