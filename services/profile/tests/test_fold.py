"""A customer of many records is folded by what changed, with the outcome of folding all of it."""

import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Partition
from c360_kernel.log.topics import RECORDS
from c360_kernel.record import RecordKey
from c360_kernel.version import Version
from c360_profile.domain.assignment import Assignment
from c360_profile.domain.customer import latest, sources_of
from c360_profile.domain.fold import Fold, Folds
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES
from c360_profile.testing.consumptions import HANDLER, consume, consumptions, state
from c360_profile.testing.entries import assigned, stamp, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MINE = "c1"
VALUES = {
    "phone": st.sampled_from(["13912345678", "+86 139 1234 5678", "nonsense", ""]),
    "name": st.sampled_from(["Ann", "Bob", ""]),
    "city": st.sampled_from(["Xi'an", "上海"]),
    "channel": st.sampled_from(["web", "store"]),
    "gender": st.sampled_from(["f", "m", "x"]),
    "interests": st.lists(st.sampled_from(["tea", "go", "art"]), max_size=3).map(tuple),
    "points": st.integers(0, 3),
    "unheardOf": st.just("x"),
    "nickname": st.sampled_from(["", "A", "Annie", "Bobby"]),
    "highest": st.integers(0, 2),
    "firstDay": st.sampled_from(["2020-01-31", "1999-12-01", "never"]),
    "motto": st.sampled_from(["", "carpe diem"]),
}
patches = st.none() | st.sets(st.sampled_from(["traits.city", "traits.gender"])).map(tuple)
revisions = st.builds(
    Revision,
    st.integers(1, 3),
    st.integers(1, 9).map(stamp),
    st.integers(1, 3),
    st.sampled_from([False, False, False, True]),
    st.fixed_dictionaries({}, optional=VALUES),
    named=patches,
)
records = st.builds(
    lambda source, key, owner, told, other: SourceRecord(
        RecordKey(source, key),
        latest=told,
        assignment=Assignment(owner, Version(0, 1), (MINE,) if owner != MINE else ()),
        others=(replace(other, own=False),) if other else (),
    ),
    st.sampled_from(["crm", "web", "gone", "poll", "rumour", "steward"]),
    st.sampled_from("abc"),
    st.sampled_from([MINE, MINE, MINE, "c2", ""]),
    revisions,
    st.none() | revisions,
)


@given(st.lists(records, max_size=4), st.lists(records, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_fold_says_what_folding_all_records_says_whatever_changes(first, changes):
    held = {record.key: record for record in first}
    fold = Fold(MINE, held.values(), RULES)
    for record in changes:
        held[record.key] = record
        fold.put(record)
        own = [one for one in held.values() if one.customer == MINE]
        assert fold.traits == RULES.traits(latest(own))
        assert fold.sources == sources_of(own)
        assert len(fold) == len(own)


def of_a_customer(name, size):
    assignment = Assignment(name, Version(0, 1))
    keys = (RecordKey("crm", f"{name}{index}") for index in range(size))
    return [SourceRecord(key, latest=None, assignment=assignment) for key in keys]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 12)), max_size=12))
def test_folds_hold_the_newest_customers_that_fit_and_none_too_small_or_too_large(kept):
    folds, expected = Folds(least=3, most_held=9), {}
    for name, size in kept:
        folds.keep(name, of_a_customer(name, size), RULES)
        if 3 <= size <= 9:
            expected[name] = size
        while sum(expected.values()) > 9:
            del expected[next(iter(expected))]
    held = folds.kept_up("abcd", (), RULES)
    assert {one: len(fold) for one, fold in held.items()} == expected


def test_folds_that_grow_are_no_more_than_fit_either():
    folds = Folds(least=3, most_held=9)
    folds.keep("a", of_a_customer("a", 4), RULES)
    folds.keep("b", of_a_customer("b", 4), RULES)
    grown = of_a_customer("b", 6)
    assert folds.kept_up("ab", grown[4:], RULES).keys() == {"b"}
    assert not folds.kept_up("ab", of_a_customer("b", 12), RULES)


@asynccontextmanager
async def folding(most_held=1_000):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db", Folds(1, most_held))
        yield store
        await store.close()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(consumptions(), st.sampled_from([3, 1_000]))
async def test_a_store_whose_customers_are_all_folded_so_ends_as_the_model(consumption, most_held):
    entries, batches = consumption
    plain = await consume(MemoryProfileStore(), [entries])
    async with folding(most_held) as store:
        assert await state(await consume(store, batches)) == await state(plain)


ANN, BOB = RecordKey("crm", "a"), RecordKey("crm", "b")
IN_A = [upserted(ANN, {"city": "A"}, at=1), assigned(ANN, MINE, at=2)]
TO_B = upserted(ANN, {"city": "B"}, at=5, revision=2)


async def test_what_a_unit_folded_and_did_not_keep_is_folded_again():
    async with folding() as store:
        await consume(store, [IN_A])
        with pytest.raises(Conflict):
            async with store.unit() as unit:
                await HANDLER.handle(unit, [TO_B])
                raise Conflict("somebody else was first")
        await consume(store, [[assigned(BOB, MINE, at=6)]])
        assert (await store.customers([MINE]))[MINE].traits == {"city": "A"}


async def test_what_somebody_else_handled_meanwhile_is_in_the_next_fold():
    async with folding() as store:
        await consume(store, [IN_A])
        other = SqliteProfileStore(store.path, Folds(1))
        entries = [upserted(BOB, {"gender": "f"}, at=3), assigned(BOB, MINE, at=4)]
        async with other.unit() as unit:
            await HANDLER.handle(unit, entries)
            await unit.advance({}, {Partition(RECORDS, 0): 9})
        await other.close()
        await consume(store, [[TO_B]])
        assert (await store.customers([MINE]))[MINE].traits == {"city": "B", "gender": "f"}
