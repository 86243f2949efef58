"""Drafts of segments: who would be in them, and what a change would change."""

import json
from dataclasses import replace

import pytest
from c360_kernel.catalog.draft_segments import ConditionInvalid
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.testing.cursors import SEALER
from c360_kernel.visibility import Visibility
from c360_segment.domain.drafts import draft_of
from c360_segment.graph import segment_subgraph
from c360_segment.graph.matching import matching, spread
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import assigned_entry, profile_entry, timed_event_entry
from hypothesis import HealthCheck, given, settings
from pyroaring import FrozenBitMap

from services.segment.tests import test_over_time as worlds
from services.segment.tests.test_over_time import SEGMENTS, TICKS, histories
from services.segment.tests.test_why_graph import CALLER, HOUR, MODEL, NOON
from services.segment.tests.test_why_graph import SEGMENTS as FEW

FILTER = frozenset(("CustomerFilter.city",))
ASKING = replace(
    CALLER, visibility=Visibility(CALLER.visibility.seen, CALLER.visibility.used | FILTER)
)
ROME = {"trait": "city", "op": "equals", "value": "Rome"}
BUYERS = {"event": "bought", "last": "2 days"}
PREVIEW = """query($c: String!, $n: Int) { previewSegment(condition: $c) {
  size sample(first: $n) { id } } }"""
DIFF = """query($c: String!, $name: ID! = "twice") { diffSegment(name: $name, condition: $c) {
  entering { size sample { id } } leaving { size sample { id } } staying { size } } }"""


@pytest.fixture
async def ask():
    """Ten in Rome and ten in Bonn; the first half of each bought once, the first of all twice."""
    store, handler = MemorySegmentStore(), SegmentHandler(FEW)
    entries = []
    for n in range(20):
        city = "Rome" if n < 10 else "Bonn"
        entries += [profile_entry(f"c{n:02}", 0, {"city": city})]
        entries += [assigned_entry(f"web/{n}", f"c{n:02}", 0)]
        for time in range(n % 10 < 5) if n else range(2):
            event = f"{n}.{time}", "bought", NOON + time, NOON + time, {"amount": 5.0}
            entries += [timed_event_entry(f"web/{n}", *event)]
    async with store.unit() as unit:
        await handler.handle(unit, entries)
        await unit.tick(NOON + HOUR)
    subgraph = segment_subgraph(store, FEW, SEALER)

    async def ask(query, condition, caller=ASKING, **variables):
        text = condition if isinstance(condition, str) else json.dumps(condition)
        answer = await subgraph.execute(query, {"c": text, **variables}, None, caller)
        if "errors" in answer:
            return [one["extensions"]["code"] for one in answer["errors"]]
        (found,) = answer["data"].values()
        return found

    return ask


def ids(sample):
    return [one["id"] for one in sample]


async def test_a_draft_has_a_size_and_some_members(ask):
    found = await ask(PREVIEW, {"all": [ROME, BUYERS]}, n=2)
    assert (found["size"], ids(found["sample"])) == (5, ["c00", "c03"])
    assert (await ask(PREVIEW, {"any": [ROME, BUYERS]}))["size"] == 15
    assert (await ask(PREVIEW, {"not": BUYERS}))["size"] == 10
    assert (await ask(PREVIEW, {"segment": "twice"}))["size"] == 1
    assert (await ask(PREVIEW, ROME, n=0))["sample"] == []


async def test_a_change_says_who_enters_and_who_leaves(ask):
    found = await ask(DIFF, {"all": [BUYERS, {"not": {"segment": "twice"}}]})
    assert ids(found["leaving"]["sample"]) == ["c00"]
    assert (found["entering"]["size"], found["staying"]["size"]) == (9, 0)
    assert await ask(DIFF, BUYERS, name="none") is None


async def test_it_is_of_whom_the_caller_sees(ask):
    rome = replace(ASKING, predicate=condition_text(ValueTest("city", "equals", "Rome")))
    assert (await ask(PREVIEW, BUYERS, rome))["size"] == 5
    assert (await ask(DIFF, BUYERS, rome))["entering"]["size"] == 4


async def test_small_groups_and_small_differences_are_not_told(ask):
    told_of_five = replace(ASKING, smallest_group=5, principal="analyst")
    small = ["SUPPRESSED_SMALL_GROUP"] * 2
    assert await ask(PREVIEW, {"event": "bought", "count": {"at_least": 2}}, told_of_five) == small
    # Ten have bought, nine have once: the nine are told as the ten, and not who they are.
    assert (await ask(PREVIEW, BUYERS, told_of_five))["size"] == 10
    once = {"all": [BUYERS, {"not": {"segment": "twice"}}]}
    assert await ask(PREVIEW, once, told_of_five) == ["SUPPRESSED_SMALL_GROUP"]
    codes = await ask(DIFF, once, told_of_five)
    assert set(codes) == {"SUPPRESSED_SMALL_GROUP"}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("nothing", "a condition is an object of JSON"),
        ('{"trait": NaN}', "a condition is an object of JSON"),
        ('"\\ud800"', "a condition is an object of JSON"),
        ("[" * 20_000, "a condition is an object of JSON"),
        ('{"not":' * 60 + "{}" + "}" * 60, "a condition is at most 40 deep"),
        (" " * 50_001, "a condition has at most 50,000 characters"),
        ({"trait": "citi", "op": "missing"}, "trait: unknown trait 'citi', did you mean 'city'?"),
        (
            {"all": [ROME, {"event": "bougt"}]},
            "all[1].event: unknown event 'bougt', did you mean 'bought'?",
        ),
        ({"segment": "twic"}, "segment: unknown segment 'twic', did you mean 'twice'?"),
        ({"any": []}, "any: needs at least one condition"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(condition, message):
    text = condition if isinstance(condition, str) else json.dumps(condition)
    with pytest.raises(ConditionInvalid) as refused:
        draft_of(text, MODEL, ASKING.visibility)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("condition", "hidden"),
    [
        (ROME, "Profile.city"),
        (ROME, "CustomerFilter.city"),
        (BUYERS, "Bought.name"),
        (BUYERS, "Bought.occurredAt"),
        (BUYERS, "Customer.timeline"),
        ({**BUYERS, "where": [{"property": "amount", "op": "exists"}]}, "Bought.amount"),
        ({"segment": "basket"}, "Profile.city"),
    ],
)
def test_what_may_not_be_filtered_by_is_refused_like_what_is_not_there(condition, hidden):
    told = ASKING.visibility
    draft_of(json.dumps(condition), MODEL, told)
    with pytest.raises(ConditionInvalid):
        draft_of(json.dumps(condition), MODEL, Visibility(told.seen, told.used - {hidden}))


def test_no_source_is_named_to_whom_none_is_shown():
    told, condition = ASKING.visibility, json.dumps({"source": "wbe"})
    without = Visibility(told.seen, told.used - {"SourceRecord.source"})
    for visibility, message in ((told, ", did you mean 'web'?"), (without, "; known: none")):
        with pytest.raises(ConditionInvalid) as refused:
            draft_of(condition, MODEL, visibility)
        assert str(refused.value) == f"source: unknown source 'wbe'{message}"


async def test_a_bad_condition_has_a_code(ask):
    assert await ask(PREVIEW, {"trait": "x"}) == ["SEGMENT_CONDITION_INVALID"]


def test_a_sample_is_spread_over_all():
    assert spread(FrozenBitMap(range(10)), 3) == (0, 4, 8)
    assert spread(FrozenBitMap(range(3)), 5) == (0, 1, 2)
    assert spread(FrozenBitMap(), 5) == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries=histories(), ticks=TICKS)
async def test_who_would_be_in_is_who_is_in(entries, ticks):
    """Of a draft that says what a segment says, whatever the store counts or watches."""
    bench = worlds.Bench(MemorySegmentStore())
    await bench.take(entries)
    for at in sorted(ticks):
        await bench.tick(at)
    for name, segment in SEGMENTS.by_name.items():
        found = await matching(bench.store, segment, SEGMENTS.watched)
        assert found == await bench.store.members(name), name
