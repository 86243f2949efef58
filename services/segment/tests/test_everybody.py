"""What is asked of everybody at once, by sets, is what is found one by one."""

import sqlite3
import tempfile
from array import array
from collections import Counter
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest
from c360_kernel.calendar_spans import Span
from c360_kernel.conditions.operators import OPERATORS
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueTest
from c360_kernel.errors import Unusable
from c360_kernel.projection.damage import was_damaged
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from c360_segment.domain.accounts import account_view
from c360_segment.domain.performed import ALWAYS, Performed
from c360_segment.domain.segments import Segment
from c360_segment.domain.state import EventName, ProfileState, RecordState, SeenEvent
from c360_segment.graph.matching import matching
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.store.port import Changes
from c360_segment.store.seeing import known_as_seen
from c360_segment.store.sqlite import SqliteSegmentStore, keeping, owners, performing
from c360_segment.store.sqlite.columns import column_of, read_column
from c360_segment.store.sqlite.often import Often
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    assigned_entry,
    event_entry,
    profile_entry,
    stamp_of,
    timed_event_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from services.segment.tests.test_over_time import SEGMENTS, TICKS, Bench, histories

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ON_DISK = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALUES = (0, 1, 2, 1.0, 2.5, -3, 2**60, True, False, "", "a", "ab", "1", ("a",), ("a", "ab"))
LEAVES = st.sampled_from([one.condition for one in SEGMENTS.by_name.values()]) | st.sampled_from(
    [SEGMENTS.by_name[name].condition for name in ("twice_lately", "few", "long_ago", "today")]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(All),
        st.lists(inner, max_size=3).map(tuple).map(AnyOf),
        inner.map(Not),
    ),
    max_leaves=5,
)


async def lived(store, entries, ticks):
    bench = Bench(store)
    for at in range(0, len(entries), 3):
        await bench.take(entries[at : at + 3])
    for at in sorted(ticks)[-1:]:
        await bench.tick(at)
    return bench


async def one_by_one(store, condition):
    """Who meets a condition, each looked at."""
    names, numbers = ["bought", "looked"], store.state.numbers
    known = await known_as_seen(store, list(numbers), names, asking(condition))
    return FrozenBitMap(
        numbers[c]
        for c, one in known.items()
        if condition.holds(one.facts([condition], SEGMENTS.watched))
    )


def asking(condition):
    accounts = account_view([condition], SEGMENTS.catalog)
    return Segment("", "", "", condition, frozenset(), {}, accounts=accounts)


@QUICK
@given(entries=histories(), ticks=TICKS, condition=CONDITIONS)
async def test_sets_and_one_by_one_find_the_same(entries, ticks, condition):
    store = MemorySegmentStore()
    await lived(store, entries, ticks)
    found = await matching(store, asking(condition), SEGMENTS.watched)
    assert found == await one_by_one(store, condition)


@ON_DISK
@given(entries=histories(), ticks=TICKS, conditions=st.lists(CONDITIONS, max_size=6))
async def test_sqlite_finds_what_the_model_does(small_chunks, entries, ticks, conditions):
    model = MemorySegmentStore()
    await lived(model, entries, ticks)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        await lived(store, entries, ticks)
        for condition in conditions:
            found = await matching(store, asking(condition), SEGMENTS.watched)
            expected = await one_by_one(model, condition)
            assert set(await store.customers_of(found)) == set(await model.customers_of(expected))
        await store.close()


@pytest.fixture(scope="module")
def small_chunks():
    """Some events are in columns and some are not, in worlds of a few."""
    patch = pytest.MonkeyPatch()
    for module in (keeping, performing):
        patch.setattr(module, "CHUNK", 6)
    patch.setattr(keeping, "STEP", 1)
    patch.setattr(owners, "CHUNK", 2)
    patch.setattr(owners, "_NOBODYS", bytes(8))
    patch.setattr(performing, "_AT_ONCE", 2)
    patch.setattr(performing, "_FEW", 2)
    yield
    patch.undo()


TESTS = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda operator: st.builds(
        ValueTest,
        st.just("x"),
        st.just(operator),
        st.lists(st.sampled_from(VALUES), max_size=3).map(tuple)
        if operator == "in"
        else st.sampled_from((*VALUES, None)),
    )
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(st.sampled_from((*VALUES, None)), max_size=8), test=TESTS)
def test_a_column_answers_as_each_value_does(values, test):
    records = [100 + place for place in range(len(values))]
    column = read_column(*column_of(values, records).written())
    expected = [n for n, v in enumerate(values) if test.holds({} if v is None else {"x": v})]
    assert list(column.meeting(test, len(values))) == expected
    having = [100 + n for n in expected if values[n] is not None]
    assert sorted(column.records_meeting(test)) == having


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.integers(-3, 9) | st.none(), max_size=8), test=TESTS)
def test_a_column_of_numbers_answers_as_each_number_does(values, test):
    records = [100 + place for place in range(len(values))]
    column = read_column(*column_of(values, records).written())
    expected = [n for n, v in enumerate(values) if test.holds({} if v is None else {"x": v})]
    assert list(column.meeting(test, len(values))) == expected
    having = [100 + n for n in expected if values[n] is not None]
    assert sorted(column.records_meeting(test)) == having


@QUICK
@given(some=st.lists(st.lists(st.integers(0, 9))), least=st.integers(1, 5))
def test_numbers_are_counted_as_bitmaps(some, least):
    often, times = Often(least), Counter(chain.from_iterable(some))
    for numbers in some:
        often.add(array("I", numbers))
    assert list(often.enough) == sorted(n for n, count in times.items() if count >= least)


@pytest.fixture(params=["model", "embedded"])
async def store(request, tmp_path, small_chunks):
    embedded = request.param == "embedded"
    opened = SqliteSegmentStore(tmp_path / "segment.db") if embedded else MemorySegmentStore()
    yield opened
    await opened.close()


async def kept(store, events):
    """Events of (record, name, moment, amount), each in a batch of its own."""
    for number, (record, name, at, amount) in enumerate(events):
        key, message = RecordKey("crm", record), EventName("crm", str(number))
        seen = SeenEvent(stamp_of(at), key, name, at, {"amount": amount})
        async with store.unit() as unit:
            await unit.save(Changes(events={message: seen}))


async def test_who_did_something_so_often(store):
    owner = {RecordKey("crm", r): RecordState(c, Version(0, 0), {}) for r, c in ("ax", "bx", "cy")}
    async with store.unit() as unit:
        await unit.save(Changes(records=owner))
    some = [("a", 1, 5.0), ("b", 2, 7.0), ("c", 3, 7.0), ("c", 9, 1.0), ("lost", 4, 7.0)]
    await kept(store, [(record, "bought", at, amount) for record, at, amount in some])

    async def found(least, *where, span=ALWAYS):
        asked = Performed("bought", where, span)
        return sorted(await store.customers_of(await store.performing(asked, least)))

    much = ValueTest("amount", "at_least", 6)
    assert await found(1) == await found(2) == ["x", "y"]
    assert await found(3) == []
    assert (await found(1, much), await found(2, much)) == (["x", "y"], [])
    assert await found(1, span=Span(2, 3)) == ["x"]
    assert await found(1, span=Span(3, None)) == ["y"]
    assert await found(2, span=Span(None, 3)) == ["x"]
    assert len(await store.performing(Performed("sold"), 1)) == 0
    assert sorted(await store.customers_of(await store.later(["bought"], 3))) == ["y"]
    assert len(await store.later(["sold"], 0)) == 0


async def test_an_event_that_is_replaced_is_no_longer_found(store):
    owner = {RecordKey("crm", r): RecordState(r, Version(0, 0), {}) for r in "ab"}
    async with store.unit() as unit:
        await unit.save(Changes(records=owner))
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    moved = SeenEvent(stamp_of(1), RecordKey("crm", "b"), "bought", 1, {})
    async with store.unit() as unit:
        await unit.save(Changes(events={EventName("crm", str(n)): moved for n in range(7)}))
    assert await store.customers_of(await store.performing(Performed("bought"), 1)) == ["b"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_column SET places=x'00'",
        "UPDATE event_column SET others=x'5b'",
        "UPDATE event_column SET records=x'ffffff00' WHERE name=':at'",
        "UPDATE event_column SET numbers=x'00'",
        "DELETE FROM event_column WHERE name=':at'",
        "UPDATE owners SET customers=x'00'",
        "DELETE FROM record",
    ],
)
async def test_columns_that_cannot_be_read_are_damage(small_chunks, tmp_path, statement):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    async with store.unit() as unit:
        owner = {RecordKey("crm", r): RecordState("x", Version(0, 0), {}) for r in "cba"}
        await unit.save(Changes(records=owner))
    await kept(store, [("a", "bought", 9, 1.0)] * 7)
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(Unusable) as met:
        much = Performed("bought", (ValueTest("amount", "at_least", 1),))
        await store.performing(much, 1)
        await store.performing(much._replace(span=Span(2, None)), 1)
    await store.close()
    assert met.value.code == "STORE_DAMAGED"
    assert str(store.path) not in met.value.message
    assert was_damaged(store.path)


async def test_values_that_cannot_be_read_are_damage(tmp_path):
    store = SqliteSegmentStore(tmp_path / "segment.db")
    async with store.unit() as unit:
        profile = ProfileState(Version(0, 0), live=True, traits={"city": "Rome"})
        await unit.save(Changes(profiles={"c1": profile}))
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE customer SET traits='{'")
    with pytest.raises(Unusable) as met:
        await store.meeting(ValueTest("city", "exists"))
    await store.close()
    assert met.value.code == "STORE_DAMAGED"
    assert was_damaged(store.path)


async def test_only_who_is_left_open_is_looked_at(compiled):
    condition = "{all: [{event: bought}, {event: bought, sum: {property: amount, at_least: 2}}]}"
    segments = compiled(f"segments:\n  s: {{condition: {condition}}}\n")
    store, asked = MemorySegmentStore(), []
    entries = [profile_entry(customer, 1, {}) for customer in ("c1", "c2")]
    entries += [assigned_entry("crm/a", "c1", 1), assigned_entry("crm/b", "c2", 1)]
    async with store.unit() as unit:
        bought = event_entry("crm/a", "1", "bought", 1, {"amount": 2.0})
        await SegmentHandler(segments).handle(unit, [*entries, bought])
    known = store.known

    async def noting(customers, events):
        asked.extend(customers)
        return await known(customers, events)

    store.known = noting
    found = await matching(store, segments.by_name["s"], segments.watched)
    assert (await store.customers_of(found), asked) == (["c1"], ["c1"])


@pytest.mark.parametrize("stamped_after", [0, 5])
async def test_who_has_later_events_has_a_later_present(compiled, stamped_after):
    condition = "{event: bought, last: 3 days}"
    segments = compiled(f"segments:\n  s: {{condition: {condition}}}\n")
    store, day = MemorySegmentStore(), 86_400_000
    stamp = (10 + stamped_after) * day
    async with store.unit() as unit:
        await unit.tick(11 * day)
        entries = [profile_entry("c1", 1, {}), assigned_entry("crm/a", "c1", 1)]
        entries += [timed_event_entry("crm/a", "1", "bought", stamp, 10 * day)]
        await SegmentHandler(segments).handle(unit, entries)
    found = await matching(store, segments.by_name["s"], segments.watched)
    assert found == await store.members("s")
    assert len(found) == (stamped_after == 0)
