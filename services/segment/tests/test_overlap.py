"""What segments have in common, by bitmaps."""

from dataclasses import replace

import pytest
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.testing.cursors import SEALER
from c360_kernel.version import Version
from c360_segment.domain.state import Membership, ProfileState
from c360_segment.graph import segment_subgraph
from c360_segment.store.port import Changes
from c360_segment.testing import MemorySegmentStore

from services.segment.tests.test_graph import CALLER

OVERLAP = """query($with: [ID!]!) { segment(name: "buyers") { overlap(with: $with) {
  segment { name } both { size sample { id } } either { size } onlyThis { size }
  onlyOther { size } } } }"""
COMBINED = """query($all: [ID!], $any: [ID!], $none: [ID!]) {
  combinedSegments(all: $all, any: $any, none: $none) { size sample { id } } }"""
TOLD = replace(CALLER, principal="analyst", smallest_group=5)


@pytest.fixture
async def ask(segments):
    """Of 30 the first 20 have bought, those from the tenth on are golden; the last is no more."""
    store = MemorySegmentStore()
    async with store.unit() as unit:
        cities = {f"c{n:02}": "north" if n % 2 else "south" for n in range(30)}
        profiles = {c: ProfileState(Version(0, 0), True, {"city": v}) for c, v in cities.items()}
        await unit.save(Changes(profiles=profiles))
        inside = {(f"c{n:02}", "buyers"): Membership(True, Version(0, 0)) for n in range(20)}
        golden = {(f"c{n:02}", "golden"): Membership(True, Version(0, 0)) for n in range(10, 30)}
        few = {(f"c{n:02}", "mixed"): Membership(True, Version(0, 0)) for n in range(1, 20)}
        await unit.keep_memberships(inside | golden | few)
    subgraph = segment_subgraph(store, segments, SEALER)

    async def ask(query, caller: CallerContext = CALLER, **variables):
        answer = await subgraph.execute(query, variables, None, caller)
        if "errors" in answer:
            return {one["extensions"]["code"] for one in answer["errors"]}
        return answer["data"]

    return ask


async def sizes(ask, caller=CALLER):
    (found,) = (await ask(OVERLAP, caller, **{"with": ["golden"]}))["segment"]["overlap"]
    return [found[part]["size"] for part in ("both", "either", "onlyThis", "onlyOther")]


async def test_two_segments_have_this_in_common(ask):
    assert await sizes(ask) == [10, 30, 10, 10]
    north = replace(CALLER, predicate=condition_text(ValueTest("city", "equals", "north")))
    assert await sizes(ask, north) == [5, 15, 5, 5]


async def test_segments_are_put_together(ask):
    async def found(**asked):
        group = (await ask(COMBINED, **asked))["combinedSegments"]
        return group["size"], group["sample"][0]["id"] if group["sample"] else None

    assert await found(all=["buyers", "golden"]) == (10, "c10")
    assert await found(any=["buyers", "golden"]) == (30, "c00")
    assert await found(all=["golden"], none=["buyers"]) == (10, "c20")
    assert await found(none=["buyers"]) == (10, "c20")
    assert await found(any=[]) == (0, None)
    assert await found() == (30, "c00")


async def test_small_differences_are_not_told(ask):
    (found,) = (await ask(OVERLAP, TOLD, **{"with": ["golden"]}))["segment"]["overlap"]
    assert found["both"]["size"] == 10
    refused = await ask(OVERLAP, TOLD, **{"with": ["mixed"]})
    assert refused == {"SUPPRESSED_SMALL_GROUP"}
    size = await ask('{ segment(name: "buyers") { size } }', TOLD)
    one_less = await ask(COMBINED.replace("sample { id }", ""), TOLD, all=["buyers", "mixed"])
    assert size["segment"]["size"] == one_less["combinedSegments"]["size"] == 20


async def test_who_may_not_know_of_a_segment_cannot_name_it(ask):
    assert await ask(OVERLAP, **{"with": ["nothing"]}) == {"SEGMENT_UNKNOWN"}
    assert await ask(COMBINED, none=["golden", "nothing"]) == {"SEGMENT_UNKNOWN"}
    hidden = replace(CALLER, visibility=replace(CALLER.visibility, used=frozenset()))
    assert await ask(COMBINED, hidden, all=["golden"]) == {"SEGMENT_UNKNOWN"}
    assert await ask(COMBINED, all=["golden"] * 51) == {"SEGMENTS_TOO_MANY"}
