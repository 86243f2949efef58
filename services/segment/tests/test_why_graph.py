"""`Segment.why` as callers see it."""

from dataclasses import replace

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.stamp import stamp_at
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_segment.domain.explained.ahead import look_ahead
from c360_segment.domain.known import Known
from c360_segment.domain.segments import compile_segments
from c360_segment.domain.timed.happenings import Happened
from c360_segment.graph import segment_subgraph
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import assigned_entry, profile_entry, timed_event_entry

CATALOG = """
sources: {web: {priority: 0}}
traits:
  city: {type: string, tag: city}
events:
  looked: {properties: {sku: {type: string, tag: public}}}
  bought: {properties: {amount: {type: float, tag: financial}}}
segments:
  basket:
    condition:
      all:
        - {trait: city, op: equals, value: Rome}
        - {event: looked, then: [{event: bought, within: 2 hours}]}
        - not: {event: bought, sum: {property: amount, at_least: 50}, last: 3 days}
  twice: {condition: {event: bought, count: {at_least: 2}}}
"""
MODEL = parse_catalog(CATALOG, "catalog.yaml")
SEGMENTS = compile_segments(MODEL)
ALL = everything(MODEL)
TIMES = frozenset(("Looked.occurredAt", "Bought.occurredAt"))
CALLER = CallerContext("p", ("r",), visibility=Visibility(ALL.seen | TIMES, ALL.used | TIMES))
NOON, HOUR, DAY = 1_764_590_400_000, 3_600_000, 86_400_000
"""1 December 2025, 12:00 UTC."""
WHY = """query($of: ID!, $name: ID! = "basket") { segment(name: $name) { why(customer: $of) {
  customerId isMember at changesAt lookedTo findings { path depth test holds changesAt
    evidence { trait value count measured firstAt lastAt sequence { name at } } } } } }"""


@pytest.fixture
async def ask():
    store, handler = MemorySegmentStore(), SegmentHandler(SEGMENTS)
    entries = [profile_entry("c1", 0, {"city": "Rome"}), profile_entry("c2", 0, {"city": "Bonn"})]
    entries += [assigned_entry("web/a", "c1", 0)]
    at = NOON - HOUR
    entries += [timed_event_entry("web/a", "1", "looked", at, at, {"sku": "x"})]
    entries += [timed_event_entry("web/a", "2", "bought", NOON, NOON, {"amount": 60.0})]
    async with store.unit() as unit:
        await handler.handle(unit, entries)
        await unit.tick(NOON + HOUR)
    subgraph = segment_subgraph(store, SEGMENTS, SEALER)

    async def ask(customer, caller=CALLER, **variables):
        answer = await subgraph.execute(WHY, {"of": customer, **variables}, None, caller)
        return answer.get("errors") or (answer["data"]["segment"] or {"why": "none"})["why"]

    return ask


async def test_every_part_says_whether_it_holds_on_what_evidence(ask):
    why = await ask("c1")
    assert (why["isMember"], why["at"]) == (False, "2025-12-01T13:00:00Z")
    assert why["changesAt"] == "2025-12-04T12:00:00Z", "when what was bought leaves the window"
    assert why["lookedTo"] is None
    found = {one["path"]: one for one in why["findings"]}
    assert [(path, one["holds"], one["depth"]) for path, one in found.items()] == [
        ("", False, 0),
        ("all.0", True, 1),
        ("all.1", True, 1),
        ("all.2", False, 1),
        ("all.2.not", True, 2),
    ]
    assert found[""]["test"] == "all"
    assert found["all.0"]["test"] == '{"trait": "city", "op": "equals", "value": "Rome"}'
    city, bought = found["all.0"]["evidence"], found["all.2.not"]["evidence"]
    assert (city["trait"], city["value"], city["count"]) == ("city", '"Rome"', None)
    assert (bought["count"], bought["measured"]) == (1, 60.0)
    assert bought["firstAt"] == bought["lastAt"] == "2025-12-01T12:00:00Z"
    assert found["all.1"]["evidence"]["sequence"] == [
        {"name": "looked", "at": "2025-12-01T11:00:00Z"},
        {"name": "bought", "at": "2025-12-01T12:00:00Z"},
    ]


async def test_nobody_is_explained_who_is_not_told_of(ask):
    assert await ask("nobody") is None
    assert (await ask("c2"))["isMember"] is False
    rome = condition_text(ValueTest("city", "equals", "Rome"))
    scoped = replace(CALLER, predicate=rome)
    assert (await ask("c1", scoped))["customerId"] == "c1"
    assert await ask("c2", scoped) is None


@pytest.mark.parametrize("hidden", ["Profile.city", "Bought.amount", "Customer.timeline"])
async def test_what_is_not_seen_as_it_is_is_no_evidence(ask, hidden):
    used_only = Visibility(CALLER.visibility.seen - {hidden}, CALLER.visibility.used)
    why = await ask("c1", replace(CALLER, visibility=used_only))
    found = {one["path"]: one for one in why["findings"]}
    blind = {path for path, one in found.items() if one["evidence"] is None} - {"", "all.2"}
    assert (
        blind
        == {
            "Profile.city": {"all.0"},
            "Bought.amount": {"all.2.not"},
            "Customer.timeline": {"all.1", "all.2.not"},
        }[hidden]
    )
    neither = Visibility(CALLER.visibility.seen, CALLER.visibility.used - {hidden})
    assert await ask("c1", replace(CALLER, visibility=neither)) == "none"


async def test_a_count_tells_no_times_to_who_sees_none(ask):
    told = CALLER.visibility
    timeless = Visibility(told.seen - TIMES, told.used - TIMES)
    (finding,) = (await ask("c1", replace(CALLER, visibility=timeless), name="twice"))["findings"]
    assert finding["evidence"] is None


async def test_a_small_group_is_not_explained(ask):
    (error,) = await ask("c1", replace(CALLER, smallest_group=2))
    assert error["extensions"]["code"] == "SUPPRESSED_SMALL_GROUP"


async def test_how_far_is_looked_has_an_end():
    events = [
        Happened(NOON + n, "web", str(n), "bought", stamp_at(NOON), {"amount": 1.0})
        for n in range(60)
    ]
    segment = SEGMENTS.by_name["basket"]
    known = Known({"city": "Rome"}, events, NOON + 100, "c1")
    facts = known.facts([segment.condition], SEGMENTS.watched)
    assert look_ahead([segment.condition], facts).looked_to is None
    short = look_ahead([segment.condition], facts, most=120)
    assert short.looked_to == NOON + 3 * DAY + 1
    assert list(short.changes) == [None]
