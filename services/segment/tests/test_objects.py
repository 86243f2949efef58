"""Segments that look through events at objects are, at every instant, what a batch finds that sees
each event with its objects as they are then."""

import json
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.codec import decode
from c360_kernel.log.topics import OBJECTS
from c360_kernel.projection.progress import Progress
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.domain.drafts import draft_of
from c360_segment.domain.segments import compile_segments
from c360_segment.graph.matching import matching
from c360_segment.handlers import referring
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.objects import Reference
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    assigned_entry,
    object_entry,
    profile_entry,
    saved_entry,
    timed_event_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segment.tests import test_over_time as plain

TEA = "{property: product.category, op: equals, value: tea}"
CATALOG_TEXT = f"""
sources: {{crm: {{priority: 0}}, web: {{priority: 1}}}}
traits: {{since: {{type: date, tag: public}}, renewal: {{type: datetime, tag: public}}}}
objects:
  product:
    tag: public
    properties:
      category: {{type: string, tag: public}}
      price: {{type: float, tag: public}}
  store: {{tag: public, properties: {{city: {{type: string, tag: public}}}}}}
events:
  bought:
    properties:
      sku: {{type: string, tag: public, refers: product}}
      place: {{type: string, tag: public, refers: store, as: shop}}
  looked: {{properties: {{sku: {{type: string, tag: public, refers: product}}}}}}
segments:
  of_tea: {{condition: {{event: looked, where: [{TEA}]}}}}
  no_tea: {{condition: {{event: looked, where: [{TEA}], count: {{at_most: 0}}}}}}
  unknown: {{condition: {{event: bought, where: [{{property: product.price, op: missing}}]}}}}
  dear:
    condition: {{event: bought, sum: {{property: product.price, at_least: 6}}, last: 3 days}}
  both: {{condition: {{event: looked, then: [{{event: bought, within: 1 day,
    same: [product.category]}}]}}}}
  left: {{condition: {{event: looked, where: [{TEA}], last: 4 days, then_not: {{event: bought,
    where: [{{property: shop.city, op: equals, value: Fuzhou}}], within: 1 day}}}}}}
  faithful: {{condition: {{event: looked, regularly: {{every: day, at_least: 2, of: 3,
    same: product.category}}}}}}
  long_dear:
    condition:
      {{held: {{event: bought, sum: {{property: product.price, at_least: 6}}}}, for: 1 day}}
  long_both: {{condition: {{held: {{segment: both}}, for: 12 hours}}}}
  not_long_faithful: {{condition: {{not: {{held: {{segment: faithful}}, for: 1 day}}}}}}
  buyers: {{condition: {{event: bought, count: {{at_least: 2}}}}}}
  others: {{condition: {{all: [{{segment: buyers}}, {{not: {{segment: of_tea}}}}]}}}}
"""
CATALOG = parse_catalog(CATALOG_TEXT, "catalog.yaml")
SEGMENTS = compile_segments(CATALOG)
TIMES = {"Bought.occurredAt", "Looked.occurredAt"}
TOLD = Visibility(used=everything(CATALOG).used | TIMES)
HOUR, DAY, BEGIN = plain.HOUR, plain.DAY, plain.BEGIN
QUICK, ON_DISK = plain.QUICK, plain.ON_DISK


@dataclass
class World(plain.World):
    """What entries come to, with all that was said of objects."""

    said: list = field(default_factory=list)

    def hear(self, entry):
        if entry.topic == OBJECTS:
            one = decode(entry.topic, entry.data)
            self.said.append((one.observed_at, entry.stamp, one))
        else:
            super().hear(entry)

    def object(self, type_, key):
        said = [
            (at, stamp)
            for at, stamp, one in self.said
            if (one.type, one.record.key) == (type_, key)
        ]
        last = max(said, default=None)
        found = (one for at, stamp, one in self.said if (at, stamp) == last)
        return next((one.properties for one in found if one.record.key == key), {})

    def seen(self, event):
        beside = {}
        for known in CATALOG.events[event.name].properties.values():
            if known.refers and known.name in event.properties:
                held = self.object(known.refers, event.properties[known.name])
                beside |= {f"{known.shown_as}.{name}": value for name, value in held.items()}
        return replace(event, properties={**event.properties, **beside})

    def members(self, segments=SEGMENTS):
        owners = {record: said.customer for record, said in self.owners.items() if said.customer}
        events = [self.seen(one) for one in self.events.values()]
        return BatchEvaluator(events, owners, self.profiles, self.tick).members(segments)


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
def an_event(draw, number):
    at = BEGIN + draw(st.integers(0, 24)) * 6 * HOUR
    name = draw(st.sampled_from(["bought", "looked"]))
    held = {"sku": st.sampled_from(["p1", "p2", "gone"])}
    if name == "bought":
        held["place"] = st.sampled_from(["s1", "p1"])
    properties = draw(st.fixed_dictionaries({}, optional=held))
    stamp = at + draw(st.sampled_from([-DAY, 0, 5 * DAY])) + number
    record = draw(st.sampled_from(plain.RECORDS))
    return timed_event_entry(record, draw(st.sampled_from("123456")), name, stamp, at, properties)


@st.composite
def an_object(draw, number):
    type_, key = draw(st.sampled_from([("product", "p1"), ("product", "p2"), ("store", "s1")]))
    held = {"city": st.sampled_from(["Fuzhou", "Bonn"])}
    if type_ == "product":
        held = {
            "category": st.sampled_from(["tea", "ink"]),
            "price": st.sampled_from([2.0, 6, 7.5]),
        }
    said = draw(st.fixed_dictionaries({}, optional=held))
    deleted = draw(st.integers(0, 4)) == 0
    # Observed in any order, and some at one time.
    observed = BEGIN + draw(st.integers(0, 3)) * DAY
    return object_entry(type_, key, None if deleted else said, BEGIN + number, observed)


@st.composite
def histories(draw):
    entries = [draw(an_event(number)) for number in range(draw(st.integers(0, 10)))]
    entries += [draw(an_object(number)) for number in range(draw(st.integers(0, 8)))]
    for record in plain.RECORDS:
        for counter in range(draw(st.integers(0, 3))):
            owner = draw(st.sampled_from(("", *plain.CUSTOMERS)))
            entries.append(assigned_entry(record, owner, counter))
    entries += [profile_entry(c, n, {}) for c in plain.CUSTOMERS for n in range(2)]
    again = draw(st.lists(st.sampled_from(entries), max_size=4))
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


@QUICK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_it_is_the_batch_at_every_instant(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)


@QUICK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_another_order_and_one_last_tick_give_the_same(data, entries, ticks):
    """A replay knows the last tick alone."""
    live = await live_through(MemorySegmentStore(), data, entries, ticks)
    replayed = await live_through(
        MemorySegmentStore(), data, data.draw(st.permutations(entries)), ticks[-1:] and [max(ticks)]
    )
    assert await replayed.store.digest() == await live.store.digest()


@ON_DISK
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_on_disk_it_is_the_batch_and_the_model_through_restarts(data, entries, ticks):
    async with on_disk() as path:

        async def restart(store):
            await store.close()
            opened = SqliteSegmentStore(path)
            await settle(opened, SEGMENTS, Progress("segment"))
            return opened

        live = await live_through(SqliteSegmentStore(path), data, entries, ticks, restart)
        model = await live_through(MemorySegmentStore(), data, entries, ticks)
        assert await live.store.digest() == await model.store.digest()
        await live.store.close()


@asynccontextmanager
async def on_disk():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "segment.db"


@QUICK
@given(entries=histories(), ticks=plain.TICKS)
async def test_a_draft_finds_whom_its_segment_has(entries, ticks):
    """Where segments of the catalog look at nothing of the kind."""
    bare = parse_catalog(CATALOG_TEXT.partition("segments:")[0], "catalog.yaml")
    bench, world = Bench(MemorySegmentStore(), compile_segments(bare)), World()
    for entry in entries:
        world.hear(entry)
    await bench.take(entries)
    for at in sorted(ticks):
        world.tick = max(world.tick, at)
        await bench.tick(at)
    for name, one in SEGMENTS.by_name.items():
        draft = draft_of(json.dumps(one.definition), bare, TOLD)
        found = await matching(bench.store, draft, bench.segments.watched)
        alone = replace(SEGMENTS, by_name={name: one}, watched=draft.events_over_time)
        members = frozenset(await bench.store.customers_of(found))
        assert {name: members} == world.members(alone)


async def test_a_draft_is_not_answered_by_what_events_hold_themselves(tmp_path):
    """Long after, when what is counted is asked of everybody at once."""
    for store in (MemorySegmentStore(), SqliteSegmentStore(tmp_path / "segment.db")):
        bench = Bench(store)
        await bench.take([assigned_entry("crm/1", "c1", 0), profile_entry("c1", 0, {})])
        await bench.take([object_entry("product", "p1", {"price": 9.0}, BEGIN, BEGIN)])
        await bench.take([bought_by(1, "p1")])
        await bench.tick(BEGIN + 90 * DAY)
        for operator, expected in (("exists", ["c1"]), ("missing", [])):
            where = [{"property": "product.price", "op": operator}]
            draft = draft_of(json.dumps({"event": "bought", "where": where}), CATALOG, TOLD)
            found = await matching(store, draft, SEGMENTS.watched)
            assert list(await store.customers_of(found)) == expected
        await store.close()


def bought_by(number, sku):
    return timed_event_entry(f"crm/{number}", f"m{number}", "bought", BEGIN, BEGIN, {"sku": sku})


async def test_what_has_been_so_for_a_time_looks_through_at_what_it_adds_up():
    """Also where no other segment does."""
    name = "long_dear"
    alone = replace(CATALOG, segments={name: CATALOG.segments[name]})
    bench = Bench(MemorySegmentStore(), compile_segments(alone))
    await bench.take([assigned_entry("crm/1", "c1", 0), profile_entry("c1", 0, {})])
    await bench.take([object_entry("product", "p1", {"price": 9.0}, BEGIN, BEGIN)])
    await bench.take([bought_by(1, "p1")])
    await bench.tick(BEGIN + DAY)
    assert await bench.members() == {name: {"c1"}}
    await bench.take([object_entry("product", "p1", {"price": 2.0}, BEGIN + DAY, BEGIN + DAY)])
    assert await bench.members() == {name: frozenset()}


async def test_an_object_that_many_refer_to_is_told_page_by_page(tmp_path):
    """More than a page of records, of a customer each."""
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    many = range(1_003)
    await bench.take([assigned_entry(f"crm/{n}", f"c{n}", 0) for n in many])
    await bench.take([profile_entry(f"c{n}", 0, {}) for n in many])
    await bench.take([bought_by(n, "p1") for n in many])
    assert len((await bench.members())["unknown"]) == len(many)
    await bench.take([object_entry("product", "p1", {"price": 9.0}, BEGIN + 1, BEGIN)])
    members = await bench.members()
    assert not members["unknown"]
    assert len(members["dear"]) == len(many)
    await bench.store.close()


async def test_many_objects_at_once_are_told_a_page_at_a_time(tmp_path, monkeypatch):
    """As a price list that is read anew: what is looked at in one step stays small."""
    monkeypatch.setattr(referring, "_PAGE", 5)
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    many = range(24)
    await bench.take([assigned_entry(f"crm/{n}", f"c{n}", 0) for n in many])
    await bench.take([profile_entry(f"c{n}", 0, {}) for n in many])
    await bench.take([bought_by(n, f"p{n % 4}") for n in many])
    said = [object_entry("product", f"p{n}", {"price": 9.0}, BEGIN + 1, BEGIN) for n in range(4)]
    async with bench.store.unit() as unit:
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


async def test_what_people_save_looks_through_what_was_there_before(tmp_path):
    bare = parse_catalog(CATALOG_TEXT.partition("segments:")[0], "catalog.yaml")
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"), compile_segments(bare))
    await bench.take([assigned_entry("crm/1", "c1", 0), profile_entry("c1", 0, {})])
    await bench.take([object_entry("product", "p1", {"price": 9.0}, BEGIN, BEGIN)])
    await bench.take([bought_by(1, "p1")])
    test = '{"property": "product.price", "op": "at_least", "value": 5}'
    dear = f'{{"event": "bought", "where": [{test}]}}'
    await bench.take([saved_entry("dear", 1, dear, BEGIN + 5)])
    found = await bench.store.customers_of(await bench.store.members("dear"))
    assert list(found) == ["c1"]
    await bench.take([object_entry("product", "p1", {"price": 2.0}, BEGIN + 6, BEGIN + 6)])
    assert not await bench.store.members("dear")
    await bench.store.close()


async def test_another_object_behind_the_same_words_evaluates_everybody_again(tmp_path):
    """The condition says the same, and what it looks at is other."""
    bench = Bench(SqliteSegmentStore(tmp_path / "segment.db"))
    await settle(bench.store, SEGMENTS, Progress("segment"))
    await bench.take([assigned_entry("crm/1", "c1", 0), profile_entry("c1", 0, {})])
    await bench.take([object_entry("product", "p1", {"category": "tea"}, BEGIN, BEGIN)])
    looked = timed_event_entry("crm/1", "m1", "looked", BEGIN, BEGIN, {"sku": "p1", "other": "p2"})
    await bench.take([looked])
    assert (await bench.members())["of_tea"] == {"c1"}
    other = CATALOG_TEXT.replace(
        "looked: {properties: {sku: {type: string, tag: public, refers: product}}}",
        "looked: {properties: {sku: {type: string, tag: public},"
        " other: {type: string, tag: public, refers: product}}}",
    )
    assert other != CATALOG_TEXT
    changed = compile_segments(parse_catalog(other, "catalog.yaml"))
    await settle(bench.store, changed, Progress("segment"))
    assert (await Bench(bench.store, changed).members())["of_tea"] == frozenset()
    await bench.store.close()


async def test_who_refers_to_an_object_is_found_by_an_index(tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    await settle(store, SEGMENTS, Progress("segment"))
    asked = []
    store.connection.set_trace_callback(asked.append)
    async with store.unit() as unit:
        await unit.referring(Reference("sku", "p1", frozenset({"bought"})), "", 9)
    store.connection.set_trace_callback(None)
    (scan,) = [one for one in asked if "DISTINCT record" in one]
    plan = " ".join(row[3] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {scan}"))
    assert "USING INDEX event_by_" in plan
    assert "SCAN event" not in plan
    await store.close()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), entries=histories(), ticks=plain.TICKS)
async def test_it_is_the_batch_at_length(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)
