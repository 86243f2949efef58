"""Who entered and left, and when: of a store that lived through it, and of one made anew."""

import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.projection.progress import Progress
from c360_kernel.testing.cursors import SEALER
from c360_kernel.version import Version
from c360_segment.domain.segments import compile_segments
from c360_segment.domain.told import Stretch, Told
from c360_segment.graph import segment_subgraph
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.port import Changes
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.store.sqlite.history import keep_history, read_history, read_segments_at
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import ended_entry, histories, profile_entry, saved_entry
from hypothesis import given, settings
from hypothesis import strategies as st

from services.segment.tests.test_drafts import ASKING
from services.segment.tests.test_why_graph import CATALOG
from services.segment.tests.test_why_graph import SEGMENTS as FEW

ALL = Stretch(0, None, 10_000)


async def feed(store, handler, entries):
    """Handle entries, and what they have told of memberships after that; answers the latter."""
    async with store.unit() as unit:
        await handler.handle(unit, entries)
    told = await store.outgoing(10_000)
    await store.relayed([one.sequence for one in told])
    back = [entry_at(one.entry, Partition("memberships", 0), one.sequence) for one in told]
    async with store.unit() as unit:
        await handler.handle(unit, back)
    return back


@settings(max_examples=25, deadline=None)
@given(history=histories(), data=st.data())
async def test_a_store_made_anew_has_the_same_history(segments, history, data):
    lived, topic, left = MemorySegmentStore(), [], history.entries
    while left:
        size = data.draw(st.integers(1, len(left)))
        topic += await feed(lived, SegmentHandler(segments), left[:size])
        left = left[size:]
    anew, entries = MemorySegmentStore(), [*history.entries, *topic, *topic[:3]]
    data.draw(st.randoms(use_true_random=False)).shuffle(entries)
    async with anew.unit() as unit:
        await SegmentHandler(segments).handle(unit, entries)
    for name in segments.by_name:
        found = await lived.history(name, ALL)
        assert found == await anew.history(name, ALL)
        now = {told.customer for told in await lived.segments_at(["c1", "c2", "c3"], 10_000)
               if told.segment == name and told.member}  # fmt: skip
        assert now == set(await lived.customers_of(await lived.members(name)))
    assert await lived.digest() == await anew.digest()


HISTORY = """query($name: ID! = "of_rome", $first: Int, $after: String) { segment(name: $name) {
  history(first: $first, after: $after) { pageInfo { hasNextPage endCursor }
    edges { node { entered customer { id } } } } } }"""
THEN = """query($at: DateTime!) { _entities(representations: [{__typename: "Customer", id: "c1"}]) {
  ... on Customer { segments(asOf: $at) { name } } } }"""
ROME = '{"trait": "city", "op": "equals", "value": "Rome"}'
NAMED = '{"trait": "name", "op": "exists"}'
PART = '{"segment": "part"}'
OWN = CATALOG.replace("traits:", "traits:\n  name: {type: string, tag: name}")
TAKEN = f"{OWN}  taken: {{condition: {ROME}}}"
NAMING, TAKING = (compile_segments(parse_catalog(text, "catalog")) for text in (OWN, TAKEN))
"""A caller of these tests may not use the name."""


async def asked():
    """c1 enters at 2 s and leaves at 5 s, c2 enters at 3 s and ends at 6 s."""
    store, handler = MemorySegmentStore(), SegmentHandler(FEW)
    for entry in (
        saved_entry("of_rome", 1, ROME, 1_000),
        profile_entry("c1", 2_000, {"city": "Rome"}),
        profile_entry("c2", 3_000, {"city": "Rome"}),
        profile_entry("c1", 5_000, {"city": "Bonn"}),
        ended_entry("c2", 6_000),
    ):
        await feed(store, handler, [entry])
    return store, handler, segment_subgraph(store, FEW, SEALER)


async def test_who_entered_and_left_page_by_page():
    _, _, graph = await asked()
    seen, after = [], None
    while True:
        answer = await graph.execute(HISTORY, {"first": 3, "after": after}, None, ASKING)
        page = answer["data"]["segment"]["history"]
        seen += [(one["node"]["customer"]["id"], one["node"]["entered"]) for one in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [("c2", False), ("c1", False), ("c2", True), ("c1", True)]
    forged = await graph.execute(HISTORY, {"after": "x"}, None, ASKING)
    assert forged["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def then(graph, second, caller=ASKING):
    at = f"1970-01-01T00:00:0{second}Z"
    answer = await graph.execute(THEN, {"at": at}, None, caller)
    found = answer["data"]["_entities"][0]["segments"]
    return found and [one["name"] for one in found], answer.get("errors", [])


async def test_what_a_customer_was_in_at_a_past_time():
    _, _, graph = await asked()
    found = [(await then(graph, second))[0] for second in (1, 2, 4, 5)]
    assert found == [[], ["of_rome"], ["of_rome"], []]


async def test_what_another_condition_told_is_not_told_to_who_may_not_use_it():
    store, handler, graph = await asked()
    await feed(store, handler, [saved_entry("of_rome", 2, NAMED, 7_000)])
    await feed(store, handler, [profile_entry("c3", 8_000, {"name": "N", "city": "Rome"})])
    await feed(store, handler, [saved_entry("of_rome", 3, ROME, 9_000)])
    await feed(store, handler, [profile_entry("c1", 9_001, {"city": "Rome"})])
    answer = await graph.execute(HISTORY, {}, None, ASKING)
    edges = answer["data"]["segment"]["history"]["edges"]
    assert [one["node"]["customer"]["id"] for one in edges] == ["c1"]
    assert (await then(graph, 4))[0] == []


async def shown(graph, name="of_rome"):
    """The customers of a history, and what c1 was in in the seconds that follow."""
    answer = await graph.execute(HISTORY, {"name": name}, None, ASKING)
    edges = answer["data"]["segment"]["history"]["edges"]
    was_in = {one for second in range(2, 10) for one in (await then(graph, second))[0]}
    return [one["node"]["customer"]["id"] for one in edges], sorted(was_in)


async def begun(*batches):
    store, handler = MemorySegmentStore(), SegmentHandler(NAMING)
    for batch in batches:
        await feed(store, handler, batch)
    return store, segment_subgraph(store, NAMING, SEALER)


C1 = profile_entry("c1", 4_000, {"name": "N", "city": "Rome"})


async def test_what_a_segment_in_it_told_is_not_told_either():
    _, graph = await begun(
        [saved_entry("part", 1, NAMED, 1_000), saved_entry("of_rome", 1, PART, 1_001)],
        [C1],
        [saved_entry("part", 2, ROME, 5_000)],
        [profile_entry("c2", 6_000, {"city": "Rome"})],
    )
    assert await shown(graph) == (["c2"], [])


async def test_who_was_in_all_the_time_is_not_told_of_the_time_between():
    _, graph = await begun(
        [saved_entry("part", 1, ROME, 1_000), saved_entry("of_rome", 1, PART, 1_001)],
        [C1],
        [saved_entry("part", 2, NAMED, 5_000)],
        [saved_entry("part", 3, ROME, 6_000)],
    )
    assert await shown(graph) == ([], [])


async def test_what_versions_changed_that_were_handled_together_is_not_told():
    _, graph = await begun(
        [saved_entry("of_rome", 1, NAMED, 1_000)],
        [profile_entry("c1", 4_000, {"name": "N", "city": "Bonn"})],
        [saved_entry("of_rome", 2, ROME, 5_000), saved_entry("other", 1, ROME, 6_000)],
    )
    assert await shown(graph) == ([], [])


async def test_what_was_told_before_a_version_of_before_was_handled_is_not_told():
    _, graph = await begun(
        [saved_entry("of_rome", 1, NAMED, 1_000)], [C1], [saved_entry("of_rome", 2, ROME, 3_000)]
    )
    assert await shown(graph) == ([], [])


async def test_a_name_of_the_catalog_does_not_tell_what_people_told_under_it():
    store, _ = await begun([saved_entry("taken", 1, NAMED, 1_000)], [C1])
    await settle(store, TAKING, Progress("segment"))
    await feed(store, SegmentHandler(TAKING), [profile_entry("c1", 6_000, {"city": "Bonn"})])
    await feed(store, SegmentHandler(TAKING), [profile_entry("c2", 7_000, {"city": "Rome"})])
    assert await shown(segment_subgraph(store, TAKING, SEALER), "taken") == (["c2", "c1"], [])


async def test_a_change_says_what_it_tells_of_and_whether_its_condition_changed():
    store, handler = MemorySegmentStore(), SegmentHandler(NAMING)
    said = []
    for batch in (
        [saved_entry("of_rome", 1, NAMED, 1_000)],
        [profile_entry("c1", 4_000, {"name": "N", "city": "Bonn"})],
        [saved_entry("of_rome", 2, ROME, 5_000)],
        [profile_entry("c2", 6_000, {"name": "N", "city": "Rome"})],
    ):
        said += [decode("memberships", one.data) for one in await feed(store, handler, batch)]
    assert [(one.customer, one.member, one.reads, one.redefined) for one in said] == [
        ("c1", True, ("Profile.name",), False),
        ("c1", False, ("Profile.city", "Profile.name"), True),
        ("c2", True, ("Profile.city",), False),
    ]


async def test_who_is_told_of_no_small_group_is_told_none_of_it():
    _, _, graph = await asked()
    careful = replace(ASKING, smallest_group=2)
    answer = await graph.execute(HISTORY, {}, None, careful)
    assert answer["data"]["segment"]["history"] is None
    codes = {one["extensions"]["code"] for one in answer["errors"]}
    found, errors = await then(graph, 4, careful)
    assert found is None
    assert codes | {one["extensions"]["code"] for one in errors} == {"SUPPRESSED_SMALL_GROUP"}


@pytest.mark.parametrize("together", [1, 3, 5, 100])
async def test_history_is_the_same_wherever_its_rows_are(together, monkeypatch, tmp_path):
    """What came last is put into its place some thousands at a time."""
    monkeypatch.setattr("c360_segment.store.sqlite.history._TOGETHER", together)
    told = [
        Told(f"s{n % 3}", n // 2, f"c{n % 2}", Version(0, n), member=n % 4 < 2) for n in range(24)
    ]
    store, model = SqliteSegmentStore(tmp_path / "segment.db"), MemorySegmentStore()
    for one in (store, model):
        for begin in range(0, 24, 2):
            # Some of it twice, as a service that was killed tells it again.
            async with one.unit() as unit:
                await unit.save(Changes(told=told[max(0, begin - 3) : begin + 2]))
    asked = [Stretch(0, None, 99), Stretch(3, None, 4), Stretch(0, told[9].place, 3)]
    for segment in ("s0", "s1", "s2"):
        for stretch in asked:
            assert await store.history(segment, stretch) == await model.history(segment, stretch)
    for at in range(13):
        customers = ["c1", "c0"]
        assert await store.segments_at(customers, at) == await model.segments_at(customers, at)
    await store.close()


class _Overtaken(sqlite3.Connection):
    """A reader between whose statements something else happens."""

    between = staticmethod(lambda: None)

    def execute(self, *asked):
        found = super().execute(*asked)
        rows = found.fetchall()
        self.between()
        return SimpleNamespace(fetchall=lambda: rows)


@pytest.mark.parametrize("read", [read_history, read_segments_at])
async def test_no_row_is_missed_that_is_put_into_its_place_while_it_is_read(
    read, monkeypatch, tmp_path
):
    monkeypatch.setattr("c360_segment.store.sqlite.history._TOGETHER", 2)
    store = SqliteSegmentStore(tmp_path / "segment.db")
    first = Told("s", 1, "c1", Version(0, 1), member=True)
    async with store.unit() as unit:
        await unit.save(Changes(told=[first]))
    reader = sqlite3.connect(tmp_path / "segment.db", factory=_Overtaken)
    second = first._replace(customer="c2", at=2)
    reader.between = lambda: keep_history(store.connection, [second])
    asked = ("s", Stretch(0, None, 9)) if read is read_history else (["c1"], 9)
    assert first in read(reader, *asked)
    reader.close()
    await store.close()
