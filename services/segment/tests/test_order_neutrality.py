"""Whatever order and batches entries come in, the members are those of the batch evaluator."""

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import History, histories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(max_examples=120, deadline=None)
ON_DISK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def deliveries(draw, history: History) -> list[list[Entry]]:
    """The history in some order, some of it twice, cut into batches."""
    again = draw(st.lists(st.sampled_from(history.entries), max_size=5)) if history.entries else []
    order = draw(st.permutations([*history.entries, *again]))
    cuts = sorted(draw(st.sets(st.integers(0, len(order)), max_size=6)) | {0, len(order)})
    return [order[a:b] for a, b in itertools.pairwise(cuts)]


async def consume(store, segments, batches: Sequence[Sequence[Entry]]) -> None:
    handler = SegmentHandler(segments)
    for batch in batches:
        async with store.unit() as unit:
            await handler.handle(unit, batch)


async def members_of(store, segments) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(await store.customers_of(await store.members(name)))
        for name in segments.by_name
    }


def expected_of(history: History, segments) -> dict[str, frozenset[str]]:
    evaluator = BatchEvaluator(history.events.values(), history.customers, history.profiles)
    return evaluator.members(segments)


async def published(store) -> dict[tuple[str, str], bool]:
    """What a reader of the topic believes who drops versions it has or older."""
    latest = {}
    for out in await store.outgoing(10_000):
        change = decode("memberships", out.entry.data)
        key = (change.customer, change.segment)
        assert key not in latest or latest[key].version < change.version
        latest[key] = change
    return {key: change.member for key, change in latest.items()}


@QUICK
@given(data=st.data(), history=histories())
async def test_incremental_equals_batch_in_any_order(segments, data, history):
    store = MemorySegmentStore()
    await consume(store, segments, data.draw(deliveries(history)))
    assert await members_of(store, segments) == expected_of(history, segments)


@QUICK
@given(data=st.data(), history=histories())
async def test_two_orders_give_one_digest(segments, data, history):
    digests = set()
    for _ in range(2):
        store = MemorySegmentStore()
        await consume(store, segments, data.draw(deliveries(history)))
        digests.add(await store.digest())
    assert len(digests) == 1


@QUICK
@given(data=st.data(), history=histories())
async def test_what_was_told_is_what_is(segments, data, history):
    store = MemorySegmentStore()
    await consume(store, segments, data.draw(deliveries(history)))
    believed = {key for key, member in (await published(store)).items() if member}
    expected = expected_of(history, segments)
    assert believed == {(c, name) for name, members in expected.items() for c in members}


@QUICK
@given(data=st.data(), history=histories())
async def test_redelivery_changes_and_tells_nothing(segments, data, history):
    store = MemorySegmentStore()
    await consume(store, segments, data.draw(deliveries(history)))
    before, found = await store.digest(), len(await store.outgoing(10_000))
    await consume(store, segments, data.draw(deliveries(history)))
    assert await store.digest() == before
    assert len(await store.outgoing(10_000)) == found


@ON_DISK
@given(data=st.data(), history=histories())
async def test_sqlite_equals_the_model(segments, data, history):
    batches = data.draw(deliveries(history))
    model = MemorySegmentStore()
    await consume(model, segments, batches)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        await consume(store, segments, batches)
        assert await members_of(store, segments) == await members_of(model, segments)
        assert await store.digest() == await model.digest()
        assert await store.outgoing(10_000) == await model.outgoing(10_000)
        for name in segments.by_name:
            assert await store.members(name) == await model.members(name)
        await store.close()


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None)
@given(data=st.data(), history=histories())
async def test_incremental_equals_batch_at_length(segments, data, history):
    store = MemorySegmentStore()
    await consume(store, segments, data.draw(deliveries(history)))
    assert await members_of(store, segments) == expected_of(history, segments)
