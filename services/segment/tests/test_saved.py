"""Segments that people save: folded like any other entry, beside those of the catalog."""

import asyncio
import gc
import json
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import C360Error, Invalid
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import DEAD_LETTERS, PROFILES, SEGMENTS
from c360_kernel.projection.progress import Interrupted, Progress
from c360_kernel.projection.worker import Worker
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_segment.domain.live import LiveSegments
from c360_segment.domain.saved import SavedSegment, Wanted, condition_to_save
from c360_segment.domain.segments import Segments
from c360_segment.graph import segment_subgraph
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.port import Changes
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import histories, profile_entry, saved_entry
from hypothesis import given, settings
from hypothesis import strategies as st

from services.segment.tests.test_drafts import ASKING
from services.segment.tests.test_why_graph import SEGMENTS as FEW

NONE = "segments: {}"
CONDITIONS = (
    {"event": "bought", "count": {"at_least": 2}},
    {"all": [{"trait": "tier", "op": "exists"}, {"event": "looked"}]},
    {"not": {"segment": "a"}},
    {"any": [{"segment": "b"}, {"trait": "city", "op": "equals", "value": "Paris"}]},
    {"trait": "gone", "op": "exists"},
)


@st.composite
def savings(draw):
    """Versions of three segments, some of them twice, archived, circular or of no known trait."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(CONDITIONS),
                st.sampled_from([False, False, True]),
            ),
            max_size=6,
        )
    )  # fmt: skip
    return [
        saved_entry(name, version, json.dumps(condition), 100 + number, archived=archived)
        for number, (name, version, condition, archived) in enumerate(drawn)
    ]


def holding(entries):
    """By the rule as it is written: the greatest version, of one version the smallest stamp."""
    said = [(decode("segments", one.data), one.stamp) for one in entries]
    first = {}
    for one, _ in sorted(said, key=lambda pair: pair[1]):
        first.setdefault((one.name, one.version), one)
    return {name: one for (name, _), one in sorted(first.items()) if not one.archived}


async def members(store, name):
    return frozenset(await store.customers_of(await store.members(name)))


@settings(max_examples=40, deadline=None)
@given(history=histories(), saved=savings(), data=st.data())
async def test_saved_segments_are_as_if_the_catalog_had_had_them(compiled, history, saved, data):
    entries = [*history.entries, *saved]
    data.draw(st.randoms(use_true_random=False)).shuffle(entries)
    split = data.draw(st.integers(0, len(entries)))
    live = MemorySegmentStore()
    handler = SegmentHandler(compiled(NONE))
    for part in (entries[:split], entries[split:]):
        async with live.unit() as unit:
            await handler.handle(unit, part)
    segments = await LiveSegments(compiled(NONE)).of(live)
    assert segments.by_name.keys() <= holding(saved).keys()
    text = {n: {"condition": one.definition} for n, one in segments.by_name.items()}
    catalog = compiled(f"segments: {json.dumps(text)}")
    model = MemorySegmentStore()
    await settle(model, catalog, Progress("segment"))
    async with model.unit() as unit:
        await SegmentHandler(catalog).handle(unit, history.entries)
    for name in catalog.by_name:
        assert await members(live, name) == await members(model, name)
    assert (await live.counts())["memberships"] == (await model.counts())["memberships"]


@settings(max_examples=20, deadline=None)
@given(history=histories(), saved=savings(), seed=st.integers(0, 99))
async def test_order_and_a_replay_on_disk_make_the_same(compiled, history, saved, seed):
    entries = [*history.entries, *saved]
    model = MemorySegmentStore()
    async with model.unit() as unit:
        await SegmentHandler(compiled(NONE)).handle(unit, entries)
    random.Random(seed).shuffle(entries)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        handler = SegmentHandler(compiled(NONE))
        for start in range(0, len(entries), 3):
            async with store.unit() as unit:
                await handler.handle(unit, entries[start : start + 3])
        assert await store.digest() == await model.digest()
        await store.close()


async def test_a_unit_that_fails_keeps_no_version(compiled, tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    handler = SegmentHandler(compiled(NONE))
    entries = [profile_entry("c1", 1, {"city": "Paris"}), saved_entry("b", 1, PARIS, 9)]
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await handler.handle(unit, entries)
            raise RuntimeError
    assert (await store.saved(), await store.saved_mark()) == ([], "")
    for _ in range(2):
        async with store.unit() as unit:
            await handler.handle(unit, entries)
        assert len(await store.members("b")) == 1
    assert len([one async for one in store.emissions()]) == 1
    await store.close()


PARIS = json.dumps({"trait": "city", "op": "equals", "value": "Paris"})
USED = Visibility(
    used=frozenset(
        ("Profile.city", "CustomerFilter.city", "Profile.points", "CustomerFilter.points")
    )
)


def kept(name, condition, *, archived=False):
    text = condition if isinstance(condition, str) else json.dumps(condition)
    return SavedSegment(name, 1, "s", 1, "", "", text, "", "ann", archived)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("Bad Name", 0, PARIS), "SEGMENT_NAME_INVALID"),
        (Wanted("x" * 65, 0, PARIS), "SEGMENT_NAME_INVALID"),
        (Wanted("new", 0, '{"trait": "tier", "op": "exists"}'), "SEGMENT_CONDITION_INVALID"),
        (Wanted("new", 0, '{"segment": "old"}'), "SEGMENT_CONDITION_INVALID"),
        (Wanted("a", 1, '{"segment": "b"}'), "SEGMENT_CONDITION_INVALID"),
        (Wanted("a", 1, '{"not": {"segment": "a"}}'), "SEGMENT_CONDITION_INVALID"),
        (Wanted("a", 1, None), "SEGMENT_IN_USE"),
    ],
)
def test_what_may_not_be_saved(compiled, wanted, code):
    saved = [kept("a", PARIS), kept("b", {"segment": "a"}), kept("old", PARIS, archived=True)]
    with pytest.raises(Invalid) as refused:
        condition_to_save(wanted, compiled(NONE).catalog, saved, USED)
    assert refused.value.code == code


def test_references_stay_references(compiled):
    saved = [kept("a", PARIS)]
    wanted = Wanted("b", 0, '{"segment": "a"}')
    made = condition_to_save(wanted, compiled(NONE).catalog, saved, USED)
    assert json.loads(made) == {"segment": "a"}


TO_SAVE = """query($name: ID!, $version: Int!, $condition: String, $most: Int! = 9) {
  segmentToSave(name: $name, version: $version, condition: $condition, most: $most) }"""


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"name": "twice", "version": 0, "condition": PARIS}, "SEGMENT_NAME_TAKEN"),
        ({"name": "hidden", "version": 1, "condition": PARIS}, "SEGMENT_NAME_TAKEN"),
        ({"name": "mine", "version": 0, "condition": PARIS}, "SEGMENT_CHANGED"),
        ({"name": "mine", "version": 2, "condition": PARIS}, "SEGMENT_CHANGED"),
        ({"name": "new", "version": 1, "condition": PARIS}, "SEGMENT_CHANGED"),
        ({"name": "new", "version": 0}, "SEGMENT_UNKNOWN"),
        ({"name": "new", "version": 0, "condition": PARIS, "most": 2}, "SEGMENTS_TOO_MANY"),
    ],
)
async def test_the_gateway_is_told_why_not(variables, code):
    store = MemorySegmentStore()
    hidden = SavedSegment(
        "hidden", 1, "s", 1, "", "", '{"trait": "name", "op": "exists"}', "", "bob", False
    )
    mine = SavedSegment("mine", 1, "s", 1, "", "", PARIS, "", "ann", False)
    async with store.unit() as unit:
        await unit.save(Changes(saved=(hidden, mine)))
    subgraph = segment_subgraph(store, FEW, SEALER)
    answer = await subgraph.execute(TO_SAVE, variables, None, ASKING)
    assert [one["extensions"]["code"] for one in answer["errors"]] == [code]


LIST = """query($name: ID! = "mine") { segment(name: $name) { size
  members(first: 50) { edges { node { id } } } } }"""
STARTS = json.dumps({"trait": "city", "op": "starts_with", "value": "P"})


class Between(MemorySegmentStore):
    """Takes a batch before the members are read next, as another process does."""

    handler, entries = SegmentHandler(FEW), ()

    async def members(self, segment):
        entries, self.entries = self.entries, ()
        if entries:
            await self.take(*entries)
        return await super().members(segment)

    async def take(self, *entries):
        async with self.unit() as unit:
            await self.handler.handle(unit, entries)


@pytest.fixture
async def told():
    """What somebody who is told of no small group is told of `mine`; 20 are in it, 10 are not."""
    store = Between()
    cities = ["Pisa"] + ["Paris"] * 19 + ["Bonn"] * 10
    people = [profile_entry(f"c{n:02}", 1, {"city": city}) for n, city in enumerate(cities)]
    await store.take(*people, saved_entry("mine", 1, STARTS, 10))
    graph, caller = segment_subgraph(store, FEW, SEALER), replace(ASKING, smallest_group=5)

    async def told(query=LIST, part="members", **variables):
        answer = await graph.execute(query, variables, None, caller)
        codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
        assert codes <= {"SUPPRESSED_SMALL_GROUP"}
        (found,) = answer["data"].values()
        return found and (found["size"], found[part] is not None)

    return store, told


async def test_two_versions_do_not_tell_who_differs(told):
    store, ask = told
    assert await ask() == (20, True)
    await store.take(saved_entry("mine", 2, PARIS, 11))
    assert len(await store.members("mine")) == 19
    assert await ask() == (20, False)
    combined = '{ combinedSegments(all: ["mine"]) { size sample { id } } }'
    assert await ask(combined, "sample") == (20, False)
    await store.take(saved_entry("mine", 3, STARTS, 12))
    assert await ask() == (20, True), "the question that it was"
    assert await ask(combined, "sample") == (20, True)


async def test_members_that_change_with_a_version_meanwhile_are_not_listed(told):
    store, ask = told
    assert await ask() == (20, True)
    store.entries = [saved_entry("mine", 2, PARIS, 11)]
    assert await ask() == (20, False)


async def test_what_was_compiled_goes_when_something_else_is_saved():
    store, handler = MemorySegmentStore(), SegmentHandler(FEW)
    graph, compiled = segment_subgraph(store, FEW, SEALER), []
    for version in range(1, 4):
        async with store.unit() as unit:
            await handler.handle(unit, [saved_entry("mine", version, PARIS, version)])
        for used in (USED, replace(USED, seen=frozenset(str(version)))):
            caller = replace(ASKING, visibility=used)
            await graph.execute("{ segments { name } }", {}, None, caller)
        gc.collect()
        compiled.append(sum(isinstance(one, Segments) for one in gc.get_objects()))
    assert compiled[0] == compiled[-1]


async def test_archived_ones_may_be_made_of_each_other():
    store, handler = MemorySegmentStore(), SegmentHandler(FEW)
    made_of = json.dumps({"not": {"segment": "part"}})
    for entry in (
        saved_entry("part", 1, PARIS, 1),
        saved_entry("whole", 1, made_of, 2),
        profile_entry("c1", 3, {"city": "Bonn"}),
        saved_entry("whole", 2, made_of, 4, archived=True),
        saved_entry("part", 2, PARIS, 5, archived=True),
    ):
        async with store.unit() as unit:
            await handler.handle(unit, [entry])
    graph = segment_subgraph(store, FEW, SEALER)
    query = """query($name: ID!) { segment(name: $name) { isArchived
      why(customer: "c1") { isMember changesAt findings { holds } } } }"""
    found = [(await graph.execute(query, {"name": n}, None, ASKING)) for n in ("part", "whole")]
    assert [one["data"]["segment"]["isArchived"] for one in found] == [True, True]
    why = found[1]["data"]["segment"]["why"]
    assert (why["isMember"], why["changesAt"], why["findings"][0]["holds"]) == (False, None, True)


@pytest.mark.parametrize("asked", ["saved_mark", "saved", "saved_versions"])
async def test_a_file_that_is_in_trouble_is_told_of_by_code(tmp_path, asked):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    store.connection.executescript("DROP TABLE saved; DROP TABLE meta")
    with pytest.raises(C360Error):
        await getattr(store, asked)(*(["mine"] if asked == "saved_versions" else []))
    await store.close()


async def test_an_end_while_everybody_is_evaluated_loses_no_version(tmp_path):
    log, store = MemoryLog(), SqliteSegmentStore(tmp_path / "segment.db")

    def worker(progress):
        topics = (PROFILES, SEGMENTS)
        return Worker("segment", topics, log, store, SegmentHandler(FEW, progress))

    async def go_on():
        going_on = worker(Progress("segment"))
        await going_on.step(1)
        await going_on.close()

    await log.append([profile_entry("c1", 1, {"city": "Paris"})])
    await go_on()
    await log.append([saved_entry("mine", 1, PARIS, 2)])
    before, ending = await store.positions(), Progress("segment")
    ending.interrupt()
    for _ in range(3):
        with pytest.raises(Interrupted):
            await asyncio.wait_for(worker(ending).run(asyncio.Event()), 10)
    assert (await store.positions(), await store.saved()) == (before, [])
    await go_on()
    assert await members(store, "mine") == {"c1"}
    assert not any((await log.ends([DEAD_LETTERS])).values())
    await store.close()


async def test_a_condition_with_nulls_is_saved_without_and_read_with_them():
    """Else what one person saved would be read by nobody, and stop all segments."""
    catalog, wrote = FEW.catalog, json.dumps({"event": "bought", "last": None})
    saved = condition_to_save(Wanted("mine", 0, wrote), catalog, (), everything(catalog))
    assert saved == '{"event": "bought"}'
    store = MemorySegmentStore()
    async with store.unit() as unit:
        await SegmentHandler(FEW).handle(unit, [saved_entry("mine", 1, wrote, 1_000)])
        live = await LiveSegments(FEW).of(unit)
    assert live.by_name["mine"].definition == {"event": "bought"}
