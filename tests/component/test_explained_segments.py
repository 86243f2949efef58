"""Why customers are in segments, over the whole instance: policy, scopes and the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT

from tests.component.row_world import ROWS, SELLERS, RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = """query($name: ID!, $of: ID!) { segment(name: $name) { why(customer: $of) {
  customerId isMember changesAt findings { path test holds evidence { trait value count } } } } }"""
FIND = 'query($key: String!) { customerByRecord(source: "crm", key: $key) { id } }'
GROUPS = f"""{ROWS}smallestGroup: {{marketing_analyst: 3}}
enumeration: {{nobody: {{customersPerHour: 2, customersPerDay: 5}}}}
"""
UNTOLD = """
g, untold, support_agent
p, untold, Profile.loyaltyTier, read, , deny, *, , , untold-tier
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("why"), GROUPS, SELLERS + UNTOLD)
    await world.start(
        record("gold", name="G", owner="ann", loyaltyTier="gold"),
        record("plain", name="P", owner="bob", loyaltyTier="bronze"),
    )
    yield world
    await world.close()


async def id_of(world: RowWorld, key: str) -> str:
    answer = await world.ask(FIND, "privacy_officer", key=key)
    return answer["data"]["customerByRecord"]["id"]


async def why(world: RowWorld, role: str, key: str, name: str = "gold_members") -> Any:
    answer = await world.ask(WHY, role, name=name, of=await id_of(world, key))
    if "errors" in answer:
        return [one["extensions"]["code"] for one in answer["errors"]]
    segment = answer["data"]["segment"]
    return segment and segment["why"]


async def subjects_of_last_look(world: RowWorld) -> Any:
    found = [
        (entry.stamp, decode(AUDIT, entry.data))
        for partition in await world.log.ends([AUDIT])
        for entry in await world.log.read(partition, 0, 1_000)
    ]
    _, operation = max(found, key=lambda one: one[0])
    return operation.subjects


async def test_support_is_told_why_and_the_look_is_on_record(world: RowWorld) -> None:
    found = await why(world, "support_agent", "gold")
    assert (found["isMember"], found["changesAt"]) == (True, None)
    looked_at = await subjects_of_last_look(world)
    await world.ask(FIND, "privacy_officer", key="gold")
    assert await subjects_of_last_look(world) == looked_at
    assert len(looked_at) == 1
    (finding,) = found["findings"]
    assert finding["holds"] is True
    assert finding["evidence"] == {"trait": "loyaltyTier", "value": '"gold"', "count": None}
    assert (await why(world, "support_agent", "plain"))["isMember"] is False


async def test_whom_a_rule_hides_is_not_explained(world: RowWorld) -> None:
    assert (await why(world, "sales", "gold"))["isMember"] is True
    assert await why(world, "sales", "plain") is None


async def test_a_condition_on_what_is_denied_or_masked_is_no_segment(world: RowWorld) -> None:
    assert await why(world, "untold", "gold") is None
    assert await why(world, "support_agent", "gold", "reachable_by_email") is None
    assert await why(world, "privacy_officer", "gold", "reachable_by_email") is not None


async def test_small_groups_are_not_explained(world: RowWorld) -> None:
    assert await why(world, "marketing_analyst", "gold") == ["SUPPRESSED_SMALL_GROUP"]


async def test_a_draft_reads_what_its_author_may_filter_by(world: RowWorld) -> None:
    query = "query($c: String!) { previewSegment(condition: $c) { size sample { id } } }"
    gold = '{"trait": "loyaltyTier", "op": "equals", "value": "gold"}'
    found = await world.ask(query, "support_agent", c=gold)
    assert found["data"]["previewSegment"]["size"] == 1
    assert len(await subjects_of_last_look(world)) == 1, "who is shown is on record"
    codes = {
        role: [
            one["extensions"]["code"] for one in (await world.ask(query, role, c=gold))["errors"]
        ]
        for role in ("untold", "marketing_analyst")
    }
    assert codes == {
        "untold": ["SEGMENT_CONDITION_INVALID"],
        "marketing_analyst": ["SUPPRESSED_SMALL_GROUP"] * 2,
    }
    phone = '{"trait": "phone", "op": "exists"}'
    (error,) = (await world.ask(query, "support_agent", c=phone))["errors"]
    assert error["extensions"]["code"] == "SEGMENT_CONDITION_INVALID"
    assert "unknown trait 'phone'" in error["message"]


async def test_asking_why_is_asking_for_a_customer(world: RowWorld) -> None:
    """However deep it stands, and found or not."""
    deep = """query($of: ID!) { segment(name: "gold_members") { overlap(with: ["gold_members"]) {
      segment { why(customer: $of) { isMember } } } } }"""
    for query, of in ((WHY, "c1"), (WHY, "c1"), (deep, "c2")):
        assert "errors" not in await world.ask(query, "nobody", name="gold_members", of=of)
    for query in (deep, WHY):
        refused = await world.ask(query, "nobody", name="gold_members", of="c3")
        assert [one["extensions"]["code"] for one in refused["errors"]] == ["ENUMERATION_LIMITED"]
