"""Segments that ask of the objects that traits refer to are, at every instant, what a batch finds
that sees each customer with its objects as they are then."""

import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.codec import decode
from c360_kernel.log.topics import OBJECTS
from c360_kernel.projection.progress import Progress
from c360_kernel.testing.visibility import everything
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.domain.drafts import draft_of
from c360_segment.domain.explained.evidence import evidence_of
from c360_segment.domain.segments import compile_segments
from c360_segment.graph import matching as matching_module
from c360_segment.graph.matching import matching
from c360_segment.handlers import referring
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.seeing import known_as_seen
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    assigned_entry,
    ended_entry,
    object_entry,
    profile_entry,
    saved_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segment.tests import test_over_time as plain

CATALOG_TEXT = """
sources: {crm: {priority: 0}}
objects:
  store:
    tag: public
    properties:
      city: {type: string, tag: public}
      size: {type: int, tag: public}
      opened: {type: date, tag: public}
traits:
  shop: {type: string, tag: public, refers: store, as: favourite}
  second: {type: string, tag: public, refers: store}
  city: {type: string, tag: public}
events: {bought: {properties: {sku: {type: string, tag: public}}}}
segments:
  in_bonn: {condition: {trait: favourite.city, op: equals, value: Bonn}}
  not_in_bonn: {condition: {trait: favourite.city, op: not_equals, value: Bonn}}
  of_large: {condition: {trait: store.size, op: at_least, value: 5}}
  of_none: {condition: {trait: store.city, op: missing}}
  new_store: {condition: {trait: favourite.opened, within_last: 3 days}}
  mixed:
    condition:
      any:
        - all: [{trait: favourite.size, op: exists}, {not: {trait: city, op: equals, value: Bonn}}]
        - {trait: store.city, op: in, value: [Bonn, Fuzhou]}
  long_mixed: {condition: {all: [{segment: mixed}, {not: {segment: in_bonn}}]}}
"""
CATALOG = parse_catalog(CATALOG_TEXT, "catalog.yaml")
SEGMENTS = compile_segments(CATALOG)
DAY, BEGIN = plain.DAY, plain.BEGIN
CUSTOMERS = ("c1", "c2", "c3")
BARE = parse_catalog(CATALOG_TEXT.partition("segments:")[0], "catalog.yaml")


@dataclass
class World(plain.World):
    """What entries come to, with all that was said of objects."""

    objects: list = field(default_factory=list)

    def hear(self, entry):
        if entry.topic == OBJECTS:
            one = decode(entry.topic, entry.data)
            self.objects.append((one.observed_at, entry.stamp, one))
        else:
            super().hear(entry)

    def seen(self, profile):
        beside = {}
        for trait, shown in (("shop", "favourite"), ("second", "store")):
            said = [one for one in self.objects if one[2].record.key == profile.traits.get(trait)]
            held = max(said, default=None, key=lambda one: one[:2])
            beside |= {f"{shown}.{n}": v for n, v in (held[2].properties if held else {}).items()}
        beside = {n: v for n, v in beside.items() if v != "large"}
        return replace(profile, traits={**profile.traits, **beside})

    def members(self, segments=SEGMENTS):
        profiles = {customer: self.seen(one) for customer, one in self.profiles.items()}
        return BatchEvaluator((), {}, profiles, self.tick).members(segments)


class Bench(plain.Bench):
    def __init__(self, store, segments=SEGMENTS):
        self.store, self.segments = store, segments
        self.handler = SegmentHandler(segments)

    async def members(self):
        return {
            name: frozenset(await self.store.customers_of(await self.store.members(name)))
            for name in self.segments.by_name
        }


@st.composite
def a_profile(draw, customer, counter):
    if draw(st.integers(0, 5)) == 0:
        return ended_entry(customer, counter)
    keys = st.sampled_from(["s1", "s2", "gone"])
    held = {"shop": keys, "second": keys, "city": st.sampled_from(["Bonn", "Rome"])}
    return profile_entry(customer, counter, draw(st.fixed_dictionaries({}, optional=held)))


@st.composite
def an_object(draw, number):
    held = {
        "city": st.sampled_from(["Fuzhou", "Bonn"]),
        "size": st.sampled_from([4, 5, "large"]),
        "opened": st.sampled_from(["2024-03-30", "2024-04-02"]),
    }
    said = draw(st.fixed_dictionaries({}, optional=held))
    deleted = draw(st.integers(0, 4)) == 0
    # Observed in any order, and some at one time.
    observed = BEGIN + draw(st.integers(0, 3)) * DAY
    key = draw(st.sampled_from(["s1", "s2"]))
    return object_entry("store", key, None if deleted else said, BEGIN + number, observed)


@st.composite
def histories(draw):
    entries = [draw(an_object(number)) for number in range(draw(st.integers(0, 8)))]
    for customer in CUSTOMERS:
        entries += [draw(a_profile(customer, n)) for n in range(draw(st.integers(0, 3)))]
    again = draw(st.lists(st.sampled_from(entries), max_size=3)) if entries else []
    return draw(st.permutations([*entries, *again]))


async def live_through(store, data, entries, ticks, restart=None):
    """Entries and ticks in some order; after each step the store is compared with a batch."""
    bench, world, waiting = Bench(store), World(), sorted(ticks)
    while entries or waiting:
        if waiting and (not entries or data.draw(st.booleans())):
            at, waiting = waiting[0], waiting[1:]
            world.tick = max(world.tick, at)
            await bench.tick(at)
        else:
            size = data.draw(st.integers(1, 4))
            batch, entries = entries[:size], entries[size:]
            for entry in batch:
                world.hear(entry)
            await bench.take(batch)
        assert await bench.members() == world.members()
        if restart is not None and data.draw(st.booleans()):
            bench = Bench(await restart(bench.store))
    return bench


@plain.QUICK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_it_is_the_batch_at_every_instant(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)


@plain.QUICK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_another_order_and_one_last_tick_give_the_same(data, entries, ticks):
    live = await live_through(MemorySegmentStore(), data, entries, ticks)
    replayed = await live_through(
        MemorySegmentStore(), data, data.draw(st.permutations(entries)), ticks[-1:] and [max(ticks)]
    )
    assert await replayed.store.digest() == await live.store.digest()


@plain.ON_DISK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_on_disk_it_is_the_batch_and_the_model_through_restarts(data, entries, ticks):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segment.db"

        async def restart(store):
            await store.close()
            opened = SqliteSegmentStore(path)
            await settle(opened, SEGMENTS, Progress("segment"))
            return opened

        live = await live_through(SqliteSegmentStore(path), data, entries, ticks, restart)
        model = await live_through(MemorySegmentStore(), data, entries, ticks)
        assert await live.store.digest() == await model.store.digest()
        await live.store.close()


@settings(plain.QUICK, max_examples=30)
@given(entries=histories(), ticks=plain.TICKS, most=st.sampled_from([0, 20_000]))
async def test_a_draft_finds_whom_its_segment_has(entries, ticks, most):
    """Also of more objects than are looked at for all customers at once."""
    bench, world = Bench(MemorySegmentStore(), compile_segments(BARE)), World()
    for entry in entries:
        world.hear(entry)
    await bench.take(entries)
    for at in sorted(ticks):
        world.tick = max(world.tick, at)
        await bench.tick(at)
    told, held = everything(CATALOG), matching_module._MOST_OBJECTS
    matching_module._MOST_OBJECTS = most
    try:
        for name, one in SEGMENTS.by_name.items():
            draft = draft_of(json.dumps(one.definition), BARE, told)
            found = await matching(bench.store, draft, bench.segments.watched)
            alone = replace(SEGMENTS, by_name={name: one}, watched=draft.events_over_time)
            members = frozenset(await bench.store.customers_of(found))
            assert {name: members} == world.members(alone)
    finally:
        matching_module._MOST_OBJECTS = held


async def test_who_refers_to_an_object_is_gone_through_page_by_page(tmp_path, monkeypatch):
    monkeypatch.setattr(referring, "_PAGE", 5)
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    await settle(bench.store, SEGMENTS, Progress("segment"))
    many = range(23)
    await bench.take([profile_entry(f"c{n}", 0, {"shop": f"s{n % 2}"}) for n in many])
    async with bench.store.unit() as unit:
        said = [object_entry("store", f"s{n}", {"city": "Bonn"}, BEGIN, BEGIN) for n in range(2)]
        await bench.handler.handle(unit, said)
    found, is_due = [], True
    while is_due:
        async with bench.store.unit() as unit:
            due = await unit.take_due(9)
            is_due = bool(due)
            found.append(await referring.touched_through(unit, SEGMENTS, due))
    assert max(map(len, found)) == 5
    assert set().union(*found) == {f"c{n}" for n in many}
    await bench.store.close()


async def test_who_refers_to_an_object_is_found_by_an_index(tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    await settle(store, SEGMENTS, Progress("segment"))
    asked = []
    store.connection.set_trace_callback(asked.append)
    async with store.unit() as unit:
        await unit.holding("shop", "s1", "", 9)
    store.connection.set_trace_callback(None)
    (scan,) = [one for one in asked if "SELECT id FROM customer" in one]
    plan = " ".join(row[3] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {scan}"))
    assert "USING INDEX customer_by_" in plan or "USING COVERING INDEX customer_by_" in plan
    assert "SCAN customer" not in plan
    await store.close()


async def test_another_object_behind_the_same_words_evaluates_everybody_again(tmp_path):
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    await settle(bench.store, SEGMENTS, Progress("segment"))
    await bench.take([profile_entry("c1", 0, {"shop": "s1", "second": "s2"})])
    await bench.take([object_entry("store", "s1", {"city": "Bonn"}, BEGIN, BEGIN)])
    assert (await bench.members())["in_bonn"] == {"c1"}
    other = CATALOG_TEXT.replace("refers: store, as: favourite", "refers: store, as: first")
    other = other.replace(
        "second: {type: string, tag: public, refers: store}",
        "second: {type: string, tag: public, refers: store, as: favourite}\n"
        "  third: {type: string, tag: public, refers: store}",
    )
    changed = compile_segments(parse_catalog(other, "catalog.yaml"))
    await settle(bench.store, changed, Progress("segment"))
    assert (await Bench(bench.store, changed).members())["in_bonn"] == frozenset()
    await bench.store.close()


async def test_what_people_save_asks_of_what_was_there_before(tmp_path):
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"), compile_segments(BARE))
    await bench.take([profile_entry("c1", 0, {"shop": "s1"}), assigned_entry("crm/1", "c1", 0)])
    await bench.take([object_entry("store", "s1", {"city": "Bonn"}, BEGIN, BEGIN)])
    test = '{"trait": "favourite.city", "op": "equals", "value": "Bonn"}'
    await bench.take([saved_entry("mine", 1, test, BEGIN + 5)])
    assert list(await bench.store.customers_of(await bench.store.members("mine"))) == ["c1"]
    await bench.take([object_entry("store", "s1", None, BEGIN + 6, BEGIN + 6)])
    assert not await bench.store.members("mine")
    await bench.store.close()


async def test_the_evidence_is_what_is_known_of_the_object():
    bench = Bench(MemorySegmentStore())
    await bench.take([profile_entry("c1", 0, {"shop": "s1"})])
    await bench.take([object_entry("store", "s1", {"city": "Bonn"}, BEGIN, BEGIN)])
    segment = SEGMENTS.by_name["in_bonn"]
    (known,) = (await known_as_seen(bench.store, ["c1"], (), segment)).values()
    found = evidence_of(segment.condition, known.facts([segment.condition], frozenset()))
    assert (found.trait, found.value) == ("favourite.city", "Bonn")


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_it_is_the_batch_at_length(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)
