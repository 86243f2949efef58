"""Tags by rules are those of a batch at every instant, however what they are on came in."""

import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.log.topics import PROFILES
from c360_kernel.payload import TagChange
from c360_kernel.projection.progress import Progress
from c360_profile.domain.fold import Folds
from c360_profile.domain.golden import GoldenRules
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.recomputing import recomputed
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.computing import MINUTE, START, take
from c360_profile.testing.consumptions import CUSTOMERS, KEYS
from c360_profile.testing.entries import assigned, consented, tagged, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.ruling import (
    HANDLER,
    RULES,
    TEXT,
    expected_tags,
    held_tags,
    ruled_worlds,
    take_ruled,
)
from hypothesis import HealthCheck, given, settings

QUICK = settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
ON_DISK = settings(QUICK, max_examples=15)
ANN, _, WEB, _ = KEYS
END = START + 180 * MINUTE


@asynccontextmanager
async def on_disk(folds=None):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db", folds=folds)
        yield store
        await store.close()


async def content(store):
    customers = await store.customers(CUSTOMERS)
    return {name: replace(one, counter=0) for name, one in customers.items()}


@QUICK
@given(ruled_worlds())
async def test_live_is_batch_at_every_instant(world):
    _, batches = world
    store = MemoryProfileStore()
    # In the end nothing happens any more, and all that is kept is over at its time.
    for steps in [*batches, *([END + n * 5 * MINUTE] for n in range(30))]:
        await take_ruled(store, steps)
        assert await held_tags(store) == await expected_tags(store)
    assert (await recomputed(store, RULES)).differing == 0


@ON_DISK
@given(ruled_worlds())
async def test_on_disk_live_is_batch_after_restarts_too_and_ends_as_the_model(world):
    _, batches = world
    model = MemoryProfileStore()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.db"
        store = SqliteProfileStore(path)
        for number, steps in enumerate(batches):
            await take_ruled(model, steps)
            await take_ruled(store, steps)
            assert await held_tags(store) == await expected_tags(store)
            if number % 3 == 2:
                await store.close()
                store = SqliteProfileStore(path)
        assert await content(store) == await content(model)
        assert await store.digest() == await model.digest()
        await store.close()


@ON_DISK
@given(ruled_worlds())
async def test_customers_of_many_records_are_kept_up_with_their_folds(world):
    _, batches = world
    async with on_disk(Folds(least=2, most_held=6)) as store:
        for steps in batches:
            await take_ruled(store, steps)
            assert await held_tags(store) == await expected_tags(store)


@QUICK
@given(ruled_worlds())
async def test_a_replay_from_the_last_tick_gives_the_same(world):
    entries, batches = world
    store, again = MemoryProfileStore(), MemoryProfileStore()
    for steps in batches:
        await take_ruled(store, steps)
    last = max((one for steps in batches for one in steps if isinstance(one, int)), default=0)
    await take_ruled(again, [last, *entries])
    assert await content(again) == await content(store)
    assert await again.digest() == await store.digest()


def order(message, at, amount=1.0, key=ANN):
    return tracked(key, message, at=at, properties={"amount": amount})


async def tags(store, customer="c1"):
    return (await held_tags(store)).get(customer)


@pytest.fixture
async def store():
    store = MemoryProfileStore()
    await take_ruled(store, [assigned(ANN, "c1", at=1)])
    return store


async def test_a_tag_comes_with_the_event_that_makes_its_rule_hold_and_that_is_told(store):
    await take_ruled(store, [order("m1", START, 6.0)])
    assert "bigSpender" not in await tags(store)
    await take_ruled(store, [order("m2", START + 1, 4.0)])
    assert (await tags(store))["bigSpender"] is True
    told = [one.entry for one in await store.outgoing(99) if one.entry.topic == PROFILES]
    assert dict(decode(PROFILES, told[-1].data).tags)["bigSpender"] is True
    await take_ruled(store, [order("m3", START + 2, -4.0)])
    assert "bigSpender" not in await tags(store)


async def test_what_is_kept_goes_by_a_tick_so_long_after_the_window_ran_out(store):
    await take_ruled(store, [order("m1", START), order("m2", START + MINUTE)])
    assert (await tags(store))["busy"] is True
    held_until = START + 30 * MINUTE
    await take_ruled(store, [held_until])
    assert (await tags(store))["busy"] is True
    await take_ruled(store, [held_until + 20 * MINUTE - 1])
    assert (await tags(store))["busy"] is True
    await take_ruled(store, [held_until + 20 * MINUTE])
    assert "busy" not in await tags(store)
    # The stage held as long, and is kept for an hour.
    assert (await tags(store))["careLevel"] == "call"
    await take_ruled(store, [held_until + 60 * MINUTE])
    assert "careLevel" not in await tags(store)


async def test_what_a_source_took_back_counts_until_it_observed_so(store):
    said = [upserted(ANN, {"city": "A"}, at=START), upserted(ANN, {"city": "B"}, at=START + MINUTE,
                                                            revision=2)]  # fmt: skip
    await take_ruled(store, said)
    assert (await tags(store))["local"] == 80
    await take_ruled(store, [START + 121 * MINUTE - 1])
    assert (await tags(store))["local"] == 80
    await take_ruled(store, [START + 121 * MINUTE])
    assert "local" not in await tags(store)


async def test_what_a_source_observed_ahead_counts_from_then_though_nothing_happens(store):
    ahead = [
        upserted(
            ANN, {"city": city}, at=START + at, revision=at, observed_at=START + at * 10 * MINUTE
        )
        for at, city in ((1, "A"), (2, "B"))
    ]
    await take_ruled(store, ahead)
    assert "local" not in await tags(store)
    for at, is_kept in ((10, True), (139, True), (140, False)):
        await take_ruled(store, [START + at * MINUTE])
        assert ("local" in await tags(store)) is is_kept
        assert await held_tags(store) == await expected_tags(store)


async def test_who_came_yesterday_was_not_idle_before_it_was_known(store):
    await take_ruled(store, [order("m1", START)])
    assert "idle" not in await tags(store)
    await take_ruled(store, [START + 30 * MINUTE, START + 31 * MINUTE])
    assert (await tags(store))["idle"] is True
    await take_ruled(store, [order("m2", START + 40 * MINUTE)])
    assert (await tags(store))["idle"] is True
    await take_ruled(store, [START + 55 * MINUTE])
    assert "idle" not in await tags(store)


async def test_a_merge_gives_the_rule_both_histories_and_an_unmerge_each_its_own():
    store = MemoryProfileStore()
    await take_ruled(store, [assigned(ANN, "c1", at=1), assigned(WEB, "c2", at=2)])
    await take_ruled(store, [order("m1", START, 6.0), order("m2", START + 1, 6.0, WEB)])
    await take_ruled(store, [START + 25 * MINUTE])
    before = await content(store)
    assert "busy" not in await tags(store)
    await take_ruled(store, [assigned(WEB, "c1", at=START + 2, counter=2, left="c2")])
    both = await tags(store)
    assert (both["busy"], both["bigSpender"], both["careLevel"]) == (True, True, "call")
    await take_ruled(store, [assigned(WEB, "c2", at=START + 3, counter=3, left="c1")])
    assert await content(store) == before


async def test_what_people_say_stands_before_what_a_rule_gives_and_is_their_own(store):
    await take_ruled(store, [order("m1", START), order("m2", START + 1)])
    await take_ruled(store, [tagged(ANN, TagChange("careLevel", "watch"), at=START + 2)])
    assert (await tags(store))["careLevel"] == "watch"
    await take_ruled(store, [tagged(ANN, TagChange("careLevel", None), at=START + 3)])
    assert (await tags(store))["careLevel"] == "call"
    await take_ruled(store, [tagged(ANN, TagChange("careLevel", "watch"), at=START + 4)])
    await take_ruled(store, [START + 180 * MINUTE])
    assert (await tags(store))["careLevel"] == "watch"


async def test_a_rule_is_on_consents_sources_and_what_people_say(store):
    await take_ruled(store, [consented(ANN, "marketing", "granted", at=START)])
    assert (await tags(store)).get("reachable") is True
    await take_ruled(
        store, [tagged(ANN, TagChange("complaint", True, START + MINUTE), at=START + 1)]
    )
    assert "reachable" not in await tags(store)
    await take_ruled(store, [START + MINUTE])
    assert (await tags(store)).get("reachable") is True
    await take_ruled(store, [consented(ANN, "marketing", "withdrawn", at=START + 9)])
    assert "reachable" not in await tags(store)


async def test_a_store_that_is_not_as_the_rules_say_is_found(store):
    await take_ruled(store, [order("m1", START, 20.0)])
    kept = store.content.customers["c1"]
    store.content.customers["c1"] = replace(kept, tags={"idle": True})
    found = await recomputed(store, RULES)
    assert (found.differing, set(found.traits)) == (1, {"bigSpender", "idle"})


async def test_a_catalog_that_says_other_rules_takes_and_gives_at_its_start():
    """As a data directory of before rules does, whose catalog gets some."""
    before = parse_catalog(TEXT.partition("tags:")[0], "before")
    rules = GoldenRules(before, Normalizers(before).normalize)
    async with on_disk() as store:
        said = [assigned(ANN, "c1", at=1), order("m1", START), order("m2", START + 1, 20.0)]
        await take(store, said, handler=ProfileHandler(rules))
        await refold(store, ProfileHandler(rules), Progress("profile"))
        assert await tags(store) == {}
        await refold(store, HANDLER, Progress("profile"))
        assert await held_tags(store) == await expected_tags(store)
        assert (await tags(store)).keys() == {"bigSpender", "busy", "careLevel"}
        await take_ruled(store, [START + 50 * MINUTE + 1])
        assert (await tags(store)).keys() == {"bigSpender", "careLevel", "idle"}
