"""An analyst who is told of no small group, over the whole instance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from c360_activation.handlers.asking import query_of, read_told
from c360_kernel.catalog.model import Destination

from tests.component.row_world import RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = "Xanadu-4711"
ROWS = """smallestGroup: {marketing_analyst: 10}
volume: {sales: {customersPerHour: 30, customersPerDay: 50}}
"""
COUNT = "query($f: CustomerFilter) { customers(filter: $f, first: 0) { totalCount } }"
SEGMENTS = "{ segments { name size members(first: 1) { edges { node { id } } } } }"


def people() -> Iterator[dict[str, Any]]:
    yield record("one", name="One", city=SECRET, loyaltyTier="platinum", newsletter=False)
    for number in range(59):
        city = ("Xenia", "Berlin", "Bonn")[number % 3]
        tier = "gold" if number < 4 else "bronze"
        yield record(f"k{number}", name=f"K{number}", city=city, loyaltyTier=tier)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def row_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("groups"), ROWS)
    await world.start(*people())
    yield world
    await world.close()


async def count(row_world: RowWorld, role: str = "marketing_analyst", **tests: object) -> Any:
    answer = await row_world.ask(COUNT, role, sub=f"{role}-{tests}", f=tests)
    found = answer["data"]["customers"]
    if found is None:
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["SUPPRESSED_SMALL_GROUP"]
        return None
    return found["totalCount"]


async def test_a_number_is_rounded_and_a_small_one_not_told(row_world: RowWorld) -> None:
    assert await count(row_world, city={"equals": "Berlin"}) == 20
    assert await count(row_world, city={"equals": "Bonn"}) == 15
    assert await count(row_world, "support_agent", city={"equals": "Bonn"}) == 19
    assert await count(row_world, city={"equals": SECRET}) is None
    assert await count(row_world, city={"equals": "Nowhere"}) is None
    # All but one are as many as all, so nothing tells of the one.
    assert await count(row_world, city={"notEquals": SECRET}) == 60
    assert await count(row_world, city={"notEquals": "Nowhere"}) == 60


async def test_a_list_of_few_is_not_told_and_a_segment_of_few_neither(row_world: RowWorld) -> None:
    query = "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }"
    for wanted in ({"equals": SECRET}, {"notEquals": SECRET}):
        answer = await row_world.ask(query, "marketing_analyst", f={"city": wanted})
        assert answer["data"]["customers"] is None
    found = await row_world.ask(query, "support_agent", f={"city": {"equals": SECRET}})
    (support,) = found["data"]["customers"]["edges"]
    segments = (await row_world.ask(SEGMENTS, "marketing_analyst"))["data"]["segments"]
    gold = next(one for one in segments if one["name"] == "gold_members")
    assert (gold["size"], gold["members"]) == (None, None)
    mine = "query($id: ID!) { customer(id: $id) { segments { name } } }"
    id_ = support["node"]["id"]
    for role, is_told in (("support_agent", True), ("marketing_analyst", False)):
        found = (await row_world.ask(mine, role, id=id_))["data"]["customer"]["segments"]
        assert ("gold_members" in [one["name"] for one in found]) is is_told


async def test_a_destination_hears_of_nobody_who_left_a_small_segment(row_world: RowWorld) -> None:
    to = Destination("mailer", "webhook", "https://hooks.example/c360", (), "marketing")
    anybody = await row_world.ask(
        "{ customers(first: 1) { edges { node { id } } } }", "support_agent"
    )
    id_ = anybody["data"]["customers"]["edges"][0]["node"]["id"]
    for role, is_known in (("support_agent", True), ("marketing_analyst", False)):
        asked = query_of(to, ["gold_members"])
        answer = await row_world.ask(asked, role, id=id_, s0="gold_members")
        told = read_told(answer, to, ["gold_members"])
        assert (told.customer, "gold_members" in told.known) == (id_, is_known)


async def test_a_principal_is_told_of_so_many_customers(row_world: RowWorld) -> None:
    page = "query($a: String) { customers(first: 20, after: $a) { pageInfo { endCursor } } }"
    edges = page.replace("pageInfo", "edges { node { id } } pageInfo")
    first = await row_world.ask(edges, "sales")
    again = await row_world.ask(edges, "sales")
    assert again == first
    after = first["data"]["customers"]["pageInfo"]["endCursor"]
    refused = await row_world.ask(edges, "sales", a=after)
    (error,) = refused["errors"]
    assert error["extensions"]["code"] == "VOLUME_LIMITED"
    assert 3_000 < error["extensions"]["retryAfter"] <= 3_600
    assert "data" not in refused
    # Somebody else, and who has no such bound, go on.
    assert "errors" not in await row_world.ask(edges, "sales", sub="bob", a=after)
    assert "errors" not in await row_world.ask(edges, "privacy_officer", a=after)


def forms(prefix: str) -> Iterator[dict[str, Any]]:
    """What is asked to learn whether somebody's city begins so."""
    begins = {"city": {"startsWith": prefix}}
    yield begins
    yield {"not": begins}
    yield {"and": [{"not": begins}, {"loyaltyTier": {"equals": "bronze"}}]}
    for name in ("Berlin", "Bonn", "Xenia"):
        yield {"or": [begins, {"city": {"equals": name}}]}


async def ask_all(row_world: RowWorld, requested: list[dict[str, Any]]) -> list[Any]:
    """The number that each filter is told, None where it is told none, 25 a request."""
    numbers: list[Any] = []
    for start in range(0, len(requested), 25):
        part = dict(enumerate(requested[start : start + 25]))
        names = ", ".join(f"$f{n}: CustomerFilter" for n in part)
        fields = " ".join(f"a{n}: customers(filter: $f{n}) {{ totalCount }}" for n in part)
        variables = {f"f{n}": one for n, one in part.items()}
        answer = await row_world.ask(
            f"query({names}) {{ {fields} }}", "marketing_analyst", **variables
        )
        numbers += [(answer["data"][f"a{n}"] or {}).get("totalCount") for n in part]
    return numbers


@pytest.mark.slow
async def test_a_prefix_search_recovers_nothing_in_a_thousand_requests(row_world: RowWorld) -> None:
    """Of every length from 2 on the right prefix is told what a wrong one is."""
    tried = 0
    while tried < 1_000:
        for length in range(2, len(SECRET) + 1):
            right = SECRET[:length]
            guesses = [f"{right[:-1]}{letter}" for letter in "#bdikux"] + [right]
            told_of = await ask_all(row_world, [form for one in guesses for form in forms(one)])
            by_guess = [told_of[start : start + 6] for start in range(0, len(told_of), 6)]
            assert by_guess == by_guess[:1] * len(guesses), right
            tried += len(told_of)
