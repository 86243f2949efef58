"""Row rules from the token to every part of the graph: who is hidden looks like nobody."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
"""One instance for all: those that change it come last."""
PEOPLE = (
    *(record(f"n{i}", name=f"N{i}", owner="ann", team="north", loyaltyTier="gold") for i in "123"),
    *(record(f"s{i}", name=f"S{i}", owner="bob", team="south", loyaltyTier="gold") for i in "12"),
    record("loose", name="Loose"),
)
LIST = "{ customers { totalCount edges { node { profile { name } } } pageInfo { hasNextPage } } }"
LOOK_UPS = """query($id: ID!, $key: String!, $email: String!) {
  customer(id: $id) { id profile { name } records { key } segments { name } }
  node(id: $id) { id }
  customerByRecord(source: "crm", key: $key) { id timeline { edges { cursor } } }
  customerByIdentifier(type: EMAIL, value: $email) { id }
  customersByIdentifier(type: EMAIL, value: $email) { id consents { purpose } }
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def row_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("rows"))
    await world.start(*PEOPLE)
    yield world
    await world.close()


async def names(row_world: RowWorld, *roles: str, **caller: Any) -> tuple[list[str], int]:
    answer = await row_world.ask(LIST, *roles, **caller)
    found = answer["data"]["customers"]
    return sorted(one["node"]["profile"]["name"] for one in found["edges"]), found["totalCount"]


NORTH, SOUTH = ["N1", "N2", "N3"], ["S1", "S2"]
EVERYBODY = sorted([*NORTH, *SOUTH, "Loose"])


@pytest.mark.parametrize(
    ("roles", "caller", "expected"),
    [
        (["privacy_officer"], {}, EVERYBODY),
        (["sales"], {"sub": "ann"}, NORTH),
        (["sales"], {"sub": "bob"}, SOUTH),
        (["sales"], {"sub": "zed"}, []),
        (["lead"], {"attributes": ["team=north"]}, NORTH),
        (["lead"], {"attributes": ["team=north", "team=south"]}, [*NORTH, *SOUTH]),
        (["lead"], {"attributes": ["region=north"]}, []),
        (["lead"], {}, []),
        (["nobody"], {"sub": "ann"}, []),
        (["sales", "lead"], {"sub": "ann", "attributes": ["team=south"]}, [*NORTH, *SOUTH]),
        (["sales", "lead"], {"sub": "ann"}, NORTH),
        (["sales", "nobody"], {"sub": "ann"}, NORTH),
        (["sales", "privacy_officer"], {"sub": "ann"}, EVERYBODY),
        # What opens nothing of the graph lifts no rule.
        (["sales", "connector"], {"sub": "ann"}, NORTH),
        (["sales", "unheard_of"], {"sub": "ann"}, NORTH),
    ],
)
async def test_a_list_and_its_total_are_of_whom_the_roles_see(
    row_world: RowWorld, roles: list[str], caller: dict[str, Any], expected: list[str]
) -> None:
    assert await names(row_world, *roles, **caller) == (expected, len(expected))


async def test_who_is_hidden_and_who_does_not_exist_look_the_same(row_world: RowWorld) -> None:
    ids = {
        one: (await row_world.ask(LOOK_UPS, "privacy_officer", **query_of(one)))["data"][
            "customerByRecord"
        ]
        for one in ("n1", "s1", "loose")
    }
    seen = await row_world.ask(LOOK_UPS, "sales", **query_of("n1", ids["n1"]["id"]))
    assert all(seen["data"].values())
    absent = await row_world.ask(LOOK_UPS, "sales", **query_of("absent", "c" + "a" * 25))
    for hidden in ("s1", "loose"):
        assert (
            await row_world.ask(LOOK_UPS, "sales", **query_of(hidden, ids[hidden]["id"])) == absent
        )


def query_of(key: str, id_: str = "x") -> dict[str, str]:
    return {"id": id_, "key": key, "email": f"{key}@example.com"}


async def test_a_segment_is_of_whom_the_caller_sees(row_world: RowWorld) -> None:
    query = '{ segment(name: "gold_members") { size members { edges { node { id } } } } }'
    for sub, size in (("ann", 3), ("bob", 2), ("zed", 0)):
        segment = (await row_world.ask(query, "sales", sub=sub))["data"]["segment"]
        assert (segment["size"], len(segment["members"]["edges"])) == (size, size)


async def test_a_customer_is_hidden_until_its_values_are_known_everywhere(
    row_world: RowWorld,
) -> None:
    late = record("late", name="Late", owner="ann")
    mutation = "mutation($r: [RecordInput!]!) { upsertRecords(records: $r) { refused } }"
    await row_world.ask(mutation, "connector", r=[late])
    await row_world.settle("identity")
    look_up = '{ customerByRecord(source: "crm", key: "late") { id profile { name } } }'
    assert await row_world.ask(look_up, "sales") == {"data": {"customerByRecord": None}}
    await row_world.settle()
    found = (await row_world.ask(look_up, "sales"))["data"]["customerByRecord"]
    assert found["profile"] == {"name": "Late"}


async def test_who_moves_to_another_owner_is_seen_by_that_one_alone(row_world: RowWorld) -> None:
    moved = {**record("n1", name="N1", owner="bob", team="south"), "revision": 2}
    await row_world.write([moved])
    assert await names(row_world, "sales", sub="ann") == (["Late", "N2", "N3"], 3)
    assert await names(row_world, "sales", sub="bob") == (["N1", "S1", "S2"], 3)


async def test_an_event_of_whoever_is_hidden_is_not_heard(row_world: RowWorld) -> None:
    found = await row_world.ask(
        '{ customerByRecord(source: "crm", key: "s1") { id } }', "sales", sub="bob"
    )
    id_ = found["data"]["customerByRecord"]["id"]
    watch = f'subscription {{ customerChanged(id: "{id_}") {{ id profile {{ name }} }} }}'
    anns, bobs = (
        asyncio.create_task(row_world.listen(watch, "sales", sub, 1.2)) for sub in ("ann", "bob")
    )
    await asyncio.sleep(0.3)
    for revision, name in zip(itertools.count(2), ("First", "Second")):
        changed = record("s1", name=name, owner="bob", team="south")
        await row_world.write([{**changed, "revision": revision}])
        await asyncio.sleep(0.15)
    assert await anns == []
    assert {one["data"]["customerChanged"]["id"] for one in await bobs} == {id_}
