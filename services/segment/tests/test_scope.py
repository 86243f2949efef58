"""A caller's scope through the subgraph: sizes, pages and segments are of whom it may see."""

import asyncio
from dataclasses import replace

import pytest
from c360_kernel.conditions.plain import condition_text
from c360_kernel.testing.cursors import SEALER
from c360_kernel.version import Version
from c360_segment.domain.state import Membership, ProfileState
from c360_segment.domain.told import Stretch, Told
from c360_segment.graph import segment_subgraph
from c360_segment.store.port import Changes
from c360_segment.store.scoped import ScopedReader
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.scoped_contract import NORTH

from services.segment.tests.test_graph import CALLER

SCOPED = replace(CALLER, predicate=condition_text(NORTH))
CITIES = {f"c{n}": "south" if n % 3 else "north" for n in range(9)}
BUYERS = (
    'query($a: String) { segment(name: "buyers") { size members(first: 2, after: $a) {'
    " edges { node { id segments { name } } } pageInfo { hasNextPage endCursor } } } }"
)
ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id segments"
ENTITIES += " { name } } } }"


@pytest.fixture
async def ask(tmp_path, segments):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    async with store.unit() as unit:
        profiles = {
            c: ProfileState(Version(0, 0), True, {"city": city}) for c, city in CITIES.items()
        }
        await unit.save(Changes(profiles=profiles))
        member = Membership(True, Version(0, 0))
        await unit.keep_memberships({(c, "buyers"): member for c in (*CITIES, "not_heard_of")})
    subgraph = segment_subgraph(store, segments, SEALER)

    async def ask(caller, query, **variables):
        answer = await subgraph.execute(query, variables, None, caller)
        assert "errors" not in answer, answer
        return answer["data"]

    yield ask
    await store.close()


async def test_a_segment_has_the_size_and_the_pages_of_those_in_scope(ask):
    everybody = (await ask(CALLER, BUYERS))["segment"]
    assert everybody["size"] == 10
    first = (await ask(SCOPED, BUYERS))["segment"]
    assert first["size"] == 3
    page = first["members"]
    assert [edge["node"]["id"] for edge in page["edges"]] == ["c0", "c3"]
    assert page["pageInfo"]["hasNextPage"] is True
    last = (await ask(SCOPED, BUYERS, a=page["pageInfo"]["endCursor"]))["segment"]["members"]
    assert [edge["node"]["id"] for edge in last["edges"]] == ["c6"]
    assert last["pageInfo"]["hasNextPage"] is False


async def test_a_customer_out_of_scope_is_in_the_segments_of_nobody(ask):
    requests = ["c0", "c1", "not_heard_of", "nobody"]
    found = await ask(SCOPED, ENTITIES, r=[{"__typename": "Customer", "id": c} for c in requests])
    assert found["_entities"] == [
        {"id": "c0", "segments": [{"name": "buyers"}]},
        *({"id": c, "segments": []} for c in requests[1:]),
    ]


async def test_a_long_history_of_others_lets_others_go_on():
    store = MemorySegmentStore()
    told = [Told("buyers", at, "hidden", Version(0, at), at % 2 == 1) for at in range(2_001)]
    async with store.unit() as unit:
        await unit.save(Changes(told=told))
    turns = 0

    async def others():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    going_on = asyncio.create_task(others())
    assert await ScopedReader(store, NORTH).history("buyers", Stretch(0, None, 9)) == []
    going_on.cancel()
    assert turns >= 3
