"""A store filled under other definitions is brought up to the present ones."""

import tempfile
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.projection.progress import Progress
from c360_segment.handlers.catalog_change import settle
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import histories, profile_entry
from hypothesis import given, settings
from hypothesis import strategies as st

OLD = """
segments:
  buyers: {condition: {event: bought, count: {at_least: 2}}}
  former: {condition: {trait: points, op: exists}}
"""


async def fill(store, segments, entries):
    await settle(store, segments, Progress("segment"))
    async with store.unit() as unit:
        await SegmentHandler(segments).handle(unit, entries)


@settings(max_examples=60, deadline=None)
@given(history=histories(), data=st.data())
async def test_settling_equals_having_always_had_the_definitions(segments, compiled, history, data):
    split = data.draw(st.integers(0, len(history.entries)))
    changed, steady = MemorySegmentStore(), MemorySegmentStore()
    await fill(changed, compiled(OLD), history.entries[:split])
    await settle(changed, segments, Progress("segment"))
    await fill(changed, segments, history.entries[split:])
    await fill(steady, segments, history.entries)
    assert await members(changed, segments) == await members(steady, segments)
    assert await changed.digest() == await steady.digest()
    assert len(await changed.members("former")) == 0


async def members(store, segments):
    return {
        n: frozenset(await store.customers_of(await store.members(n))) for n in segments.by_name
    }


@settings(max_examples=10, deadline=None)
@given(history=histories())
async def test_sqlite_settles_as_the_model(segments, compiled, history):
    model = MemorySegmentStore()
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        for each in (store, model):
            await fill(each, compiled(OLD), history.entries)
            await settle(each, segments, Progress("segment"))
        assert await store.digest() == await model.digest()
        assert await store.outgoing(10_000) == await model.outgoing(10_000)
        await store.close()


async def test_a_segment_no_longer_defined_is_left(compiled, segments):
    store = MemorySegmentStore()
    await fill(store, compiled(OLD), [profile_entry("c1", 9, {"points": 1, "city": "Porto"})])
    await settle(store, segments, Progress("segment"))
    *_, last = [decode("memberships", out.entry.data) for out in await store.outgoing(10)]
    assert (last.segment, last.member, last.at) == ("former", False, 9)
    assert last.why == "segment no longer defined"


@pytest.mark.parametrize("times", [1, 3])
async def test_settling_under_the_same_definitions_tells_nothing(segments, times):
    store = MemorySegmentStore()
    await fill(store, segments, [profile_entry("c1", 1, {"tier": "gold"})])
    found = len(await store.outgoing(100))
    for _ in range(times):
        await settle(store, segments, Progress("segment"))
    assert len(await store.outgoing(100)) == found
