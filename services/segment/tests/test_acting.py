"""For whom somebody acts, at every instant: as links come, change, end and move."""

import tempfile
from pathlib import Path

import pytest
from c360_kernel.payload import AccountLinked
from c360_kernel.record import RecordKey
from c360_segment.domain.explained.evidence import evidence_of
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    account_entry,
    assigned_entry,
    linked_entry,
    profile_entry,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segment.tests.test_over_time import (
    BEGIN,
    CUSTOMERS,
    DAY,
    RECORDS,
    SEGMENTS,
    TICKS,
    Bench,
    a_link,
    live_through,
)

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ON_DISK = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def histories(draw):
    """Everybody is live and owns a record before anything is said of links."""
    begun = [profile_entry(customer, 0, {}) for customer in CUSTOMERS]
    begun += [assigned_entry(record, draw(st.sampled_from(CUSTOMERS)), 0) for record in RECORDS]
    begun.append(account_entry("erp/x", draw(st.sampled_from(["", "a1"])), 0))
    later = [draw(a_link(number)) for number in range(draw(st.integers(1, 6)))]
    later += [assigned_entry(draw(st.sampled_from(RECORDS)), draw(st.sampled_from(CUSTOMERS)), 1)]
    later.append(account_entry(draw(st.sampled_from(["erp/x", "erp/y"])), "a2", 1))
    return [*begun, *draw(st.permutations(later))]


def linked(number, *, to="x", until=0, deleted=False):
    ends = RecordKey("crm", "l"), RecordKey("crm", "a"), RecordKey("erp", to)
    said = AccountLinked(*ends, "decision", number, 0, valid_to=until, deleted=deleted)
    return linked_entry(said, BEGIN + number)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([linked(1)], [True]),
        ([linked(1), linked(2, deleted=True)], [True, False]),
        ([linked(2, deleted=True), linked(1)], [False, False]),
        ([linked(1, to="y"), account_entry("erp/y", "a2", 0)], [False, True]),
        ([linked(1), account_entry("erp/x", "", 1)], [True, False]),
        ([linked(1), linked(2, to="y")], [True, False]),
        ([linked(1), assigned_entry("crm/a", "", 1)], [True, False]),
        ([linked(1, until=BEGIN + DAY)], [True]),
    ],
)
async def test_each_change_of_it_is_noticed(later, expected):
    bench = Bench(MemorySegmentStore())
    begun = [profile_entry("c1", 0, {}), assigned_entry("crm/a", "c1", 0)]
    await bench.take([*begun, account_entry("erp/x", "a1", 0)])
    for entry, is_member in zip(later, expected, strict=True):
        await bench.take([entry])
        assert (await bench.members())["decides"] == ({"c1"} if is_member else set())
    await bench.tick(BEGIN + DAY - 1)
    assert (await bench.members())["decides"] == ({"c1"} if expected[-1] else set())
    await bench.tick(BEGIN + DAY)
    is_over = later == [linked(1, until=BEGIN + DAY)]
    assert bool((await bench.members())["decides"]) is (expected[-1] and not is_over)


async def test_a_link_that_is_told_every_night_is_kept_once(tmp_path):
    for store in (MemorySegmentStore(), SqliteSegmentStore(tmp_path / "segment.db")):
        bench = Bench(store)
        for night in range(9):
            await bench.take([linked(night, until=BEGIN + night * DAY)])
        async with store.unit() as unit:
            (said,) = (await unit.links([RecordKey("crm", "l")])).values()
        assert [one.number for one in said] == [8]
        await store.close()


@QUICK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_the_batch_at_every_instant(data, entries, ticks):
    await live_through(MemorySegmentStore(), data, entries, ticks)


@ON_DISK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_sqlite_is_the_model(data, entries, ticks):
    model = await live_through(MemorySegmentStore(), data, entries, ticks)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSegmentStore(Path(folder) / "segment.db")
        bench = Bench(store)
        for entry in data.draw(st.permutations(entries)):
            await bench.take([entry])
        for at in sorted(ticks)[-1:]:
            await bench.tick(at)
        assert await store.digest() == await model.store.digest()
        known = (await store.known(CUSTOMERS, ())).values()
        expected = await model.store.known(CUSTOMERS, ())
        for one in known:
            assert sorted(one.links) == sorted(expected[one.customer].links)
        await store.close()


@QUICK
@given(data=st.data(), entries=histories())
async def test_the_evidence_counts_the_links_that_hold(data, entries):
    bench = await live_through(MemorySegmentStore(), data, entries, [BEGIN + 5 * DAY])
    segment = SEGMENTS.by_name["buys_for"]
    for customer, known in (await bench.store.known(CUSTOMERS, ())).items():
        facts = known.facts([segment.condition], frozenset())
        count = evidence_of(segment.condition, facts).counted
        assert (count > 0) is (customer in (await bench.members())["buys_for"])
