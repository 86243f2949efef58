"""Computed traits kept up event by event are those of a batch, at every instant."""

import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.record import RecordKey
from c360_profile.domain.fold import Folds
from c360_profile.handlers import referring
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import (
    DAY,
    HANDLER,
    MINUTE,
    RULES,
    START,
    expected,
    held,
    take,
    worlds,
)
from c360_profile.testing.consumptions import CUSTOMERS, KEYS
from c360_profile.testing.entries import assigned, observed, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings

QUICK = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
ON_DISK = settings(QUICK, max_examples=60)
ANN, _, WEB, _ = KEYS


@asynccontextmanager
async def on_disk():
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        yield store
        await store.close()


async def content(store):
    customers = await store.customers(CUSTOMERS)
    return {name: replace(one, counter=0) for name, one in customers.items()}


@QUICK
@given(worlds())
async def test_incremental_is_batch_at_every_instant(world):
    _, batches = world
    store = MemoryProfileStore()
    for steps in batches:
        await take(store, steps)
        assert await held(store) == await expected(store)


@ON_DISK
@given(worlds())
async def test_on_disk_incremental_is_batch_at_every_instant_and_after_a_restart(world):
    _, batches = world
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.db"
        store = SqliteProfileStore(path)
        for number, steps in enumerate(batches):
            await take(store, steps)
            assert await held(store) == await expected(store)
            if number % 3 == 2:
                await store.close()
                store = SqliteProfileStore(path)
        await store.close()


@ON_DISK
@given(worlds())
async def test_customers_of_many_records_are_kept_up_with_their_folds(world):
    _, batches = world
    with tempfile.TemporaryDirectory() as folder:
        folds = Folds(least=2, most_held=6)
        store = SqliteProfileStore(Path(folder) / "profile.db", folds=folds)
        for steps in batches:
            await take(store, steps)
            assert await held(store) == await expected(store)
        await store.close()


@QUICK
@given(worlds())
async def test_a_replay_from_the_last_tick_gives_the_same(world):
    entries, batches = world
    store, again = MemoryProfileStore(), MemoryProfileStore()
    for steps in batches:
        await take(store, steps)
    last = max((one for steps in batches for one in steps if isinstance(one, int)), default=0)
    await take(again, [last, *entries])
    assert await content(again) == await content(store)
    assert await again.digest() == await store.digest()


@ON_DISK
@given(worlds())
async def test_sqlite_ends_as_the_model(world):
    _, batches = world
    model = MemoryProfileStore()
    async with on_disk() as store:
        for steps in batches:
            await take(model, steps)
            await take(store, steps)
        assert await content(store) == await content(model)
        assert await store.digest() == await model.digest()


def order(key, message, at, amount=1.0, **values):
    return tracked(key, message, at=at, properties={"amount": amount, **values})


async def traits_of(store, customer="c1"):
    return (await held(store))[customer]


async def test_a_window_runs_out_by_ticks_alone():
    store = MemoryProfileStore()
    await take(
        store,
        [assigned(ANN, "c1", at=1), order(ANN, "m1", START), order(ANN, "m2", START + MINUTE)],
    )
    assert (await traits_of(store))["countLately"] == 2
    assert (await store.waiting()).due == START + 30 * MINUTE
    await take(store, [START + 30 * MINUTE - 1])
    assert (await traits_of(store))["countLately"] == 2
    await take(store, [START + 30 * MINUTE])
    assert (await traits_of(store))["countLately"] == 1
    assert (await store.waiting()).due == START + 31 * MINUTE
    await take(store, [START + 31 * MINUTE])
    assert "countLately" not in await traits_of(store)
    assert (await traits_of(store))["countEver"] == 2
    assert (await traits_of(store))["stage"] == "dormant"


async def test_a_day_is_that_of_its_time_zone():
    store = MemoryProfileStore()
    # Midnight in Shanghai is 16:00 UTC: 22:13 UTC is the next day there.
    await take(store, [assigned(ANN, "c1", at=1), order(ANN, "m1", START)])
    shanghai_midnight = START - START % DAY + 16 * 3_600_000
    assert (await store.waiting()).due == START + 30 * MINUTE
    await take(store, [shanghai_midnight + DAY - 1])
    assert (await traits_of(store))["countToday"] == 1
    await take(store, [shanghai_midnight + DAY])
    assert "countToday" not in await traits_of(store)
    assert (await traits_of(store))["countThisWeek"] == 1


async def test_old_events_that_come_late_were_never_recent():
    store = MemoryProfileStore()
    late = tracked(ANN, "m1", at=START, occurred_at=START - DAY, properties={"amount": 1.0})
    await take(store, [assigned(ANN, "c1", at=1), late])
    assert "countLately" not in await traits_of(store)
    assert (await traits_of(store))["countEver"] == 1


async def test_sums_do_not_depend_on_the_order_of_adding():
    store = MemoryProfileStore()
    given = [0.1, 1e16, 0.2, -1e16] * 40
    for number, amount in enumerate(given):
        await take(store, [order(ANN, f"n{number}", START, amount), assigned(ANN, "c1", at=1)])
    assert (await traits_of(store))["sumEver"] == 12.0


async def test_a_sum_is_the_same_however_it_is_divided_among_records():
    store = MemoryProfileStore()
    await take(store, [assigned(key, "c1", at=1) for key in (ANN, WEB)])
    for number in range(10):
        await take(store, [order(ANN if number % 3 else WEB, f"n{number}", START, 0.1)])
    traits = await traits_of(store)
    assert (traits["sumEver"], traits["averageEver"]) == (1.0, 0.1)


async def test_merge_and_unmerge_give_back_what_was():
    store = MemoryProfileStore()
    await take(
        store,
        [
            assigned(ANN, "c1", at=1),
            assigned(WEB, "c2", at=2),
            upserted(ANN, {"city": "A"}, at=3),
            upserted(WEB, {"city": "B"}, at=4),
            order(ANN, "m1", START, 3.0, category="tea"),
            order(WEB, "m2", START + 1, 4.0, category="tea"),
        ],
    )
    before = await content(store)
    assert "mostFrequentEver" not in before["c1"].traits
    await take(store, [assigned(WEB, "c1", at=9, counter=2, left="c2")])
    merged = await traits_of(store)
    assert (merged["sumEver"], merged["mostFrequentEver"], merged["stage"]) == (
        7.0,
        "tea",
        "active",
    )
    await take(store, [assigned(WEB, "c2", at=10, counter=3, left="c1")])
    assert await content(store) == before


@pytest.mark.parametrize("customers", [("c1", "c2"), ("c1", "c1")])
async def test_an_event_that_another_is_kept_in_place_of_counts_no_more(customers):
    """Whatever is held in memory of the records that it goes from and comes to."""
    first, second = KEYS[:2]
    async with on_disk() as store:
        for number, (key, name) in enumerate(zip((first, second), customers, strict=True), 1):
            await take(store, [assigned(key, name, at=number)])
            await take(store, [order(key, f"own{number}", START + number)])
        await take(store, [order(first, "m1", START + 9, 2.0)])
        assert (await traits_of(store, customers[0]))["lastEver"] == START + 9
        await take(store, [order(second, "m1", START + 5, 3.0)])
        assert await held(store) == await expected(store)
        assert (await traits_of(store, customers[1]))["lastEver"] == START + 5
        # One that was kept first stays: nothing is counted twice.
        await take(store, [order(second, "m1", START + 5, 3.0), order(first, "m1", START + 7)])
        assert await held(store) == await expected(store)


async def bought_and_said(store, *steps):
    """What follows is told of somebody who bought product s1, before any tick."""
    await take(store, [assigned(ANN, "c1", at=1), order(ANN, "m1", START, 2.0, sku="s1")])
    for step in steps:
        await take(store, [step])
        assert await held(store) == await expected(store)
    return await traits_of(store)


async def test_a_computed_trait_sees_an_object_as_it_is_now():
    async with on_disk() as store:
        said = observed("product", "s1", {"section": "food", "price": 9.0}, at=START + 5)
        traits = await bought_and_said(store, said)
        assert (traits["sectionsEver"], traits["dearLately"]) == (("food",), 2.0)
        assert "unpriced" not in traits
        later = observed("product", "s1", {"section": "books"}, at=START + 7)
        traits = await bought_and_said(store, later)
        assert traits["sectionsEver"] == ("books",)
        assert "dearLately" not in traits
        traits = await bought_and_said(store, observed("product", "s1", at=START + 8, deleted=True))
        assert "sectionsEver" not in traits


async def test_what_was_observed_before_changes_nothing_and_other_types_neither():
    async with on_disk() as store:
        said = observed("product", "s1", {"section": "food"}, at=START + 5)
        earlier = observed("product", "s1", {"section": "ink"}, at=START + 6, observed_at=START)
        town = observed("store", "s1", {"city": "X"}, at=START + 7)
        other = observed("product", "s2", {"section": "ink"}, at=START + 8)
        traits = await bought_and_said(store, said, earlier, town, other)
        assert traits["sectionsEver"] == ("food",)


async def test_of_an_object_of_many_records_all_are_folded_again(monkeypatch):
    monkeypatch.setattr("c360_profile.handlers.referring._PAGE", 2)
    keys = [RecordKey("crm", f"k{number}") for number in range(7)]
    async with on_disk() as store:
        for number, key in enumerate(keys):
            await take(
                store, [assigned(key, f"c{number}", at=1), order(key, "m1" + key.key, START)]
            )
            again = order(key, f"m2{key.key}", START, sku="s1")
            await take(store, [again])
        await take(store, [observed("product", "s1", {"section": "food"}, at=START + 5)])
        found = await store.customers([f"c{number}" for number in range(7)])
        assert [one.traits.get("sectionsEver") for one in found.values()] == [("food",)] * 7


async def test_many_objects_at_once_are_gone_through_a_page_at_a_time(monkeypatch):
    """As a price list that is read anew: what is folded in one step stays small."""
    monkeypatch.setattr(referring, "_PAGE", 5)
    keys = [RecordKey("crm", f"k{number:02}") for number in range(24)]
    async with on_disk() as store:
        for number, key in enumerate(keys):
            bought = order(key, f"m{number}", START, sku=f"s{number % 4}")
            await take(store, [assigned(key, f"c{number}", at=1), bought])
        said = [observed("product", f"s{n}", {"section": "food"}, at=START + n) for n in range(4)]
        async with store.unit() as unit:
            await HANDLER.handle(unit, said)
        steps, is_due = [], True
        while is_due:
            async with store.unit() as unit:
                due = await unit.take_due(9)
                is_due = bool(due)
                steps.append(await referring.records_due(unit, RULES.computed, due))
        assert max(map(len, steps)) == 5
        assert set().union(*steps) == set(keys)
