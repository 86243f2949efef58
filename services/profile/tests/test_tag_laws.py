"""Tags: any order of entries and ticks is alike, a merge taken back gives each side its own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from c360_kernel.codec import decode
from c360_kernel.log.topics import PROFILES
from c360_kernel.payload import TagChange
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_profile.domain.fold import Folds
from c360_profile.domain.tagging import active_at
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.consumptions import CUSTOMERS, HANDLER, consume
from c360_profile.testing.entries import assigned, tagged, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
ANN, BOB = RecordKey("crm", "a"), RecordKey("web", "a")
TAGS, WRITERS = ("vip", "risk"), ("eve", "campaign")


def put(record, tag, value, *, at, ends=0, writer="eve", message=""):
    return tagged(record, TagChange(tag, value, ends), at=at, writer=writer, message_id=message)


async def woken(store, present):
    """What the worker does once it is `present`."""
    while True:
        async with store.unit() as unit:
            await unit.tick(present)
            due = await unit.take_due(2)
            if not due:
                return store
            await HANDLER.wake(unit, due)


async def held(store):
    return {id_: dict(one.tags) for id_, one in (await store.customers(CUSTOMERS)).items()}


MADE = st.lists(
    st.tuples(
        st.sampled_from([ANN, BOB]),
        st.sampled_from(TAGS),
        st.sampled_from([None, 1, 2]),
        st.sampled_from(WRITERS),
        st.sampled_from([0, 0, 12, 20, 30, 40]),
        st.sampled_from(["", "", "m1", "m2"]),
    ),
    max_size=8,
)
MOVED = st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.sampled_from(CUSTOMERS[:2])), max_size=4)
CLOCKS = st.lists(st.integers(8, 45), max_size=4).map(sorted)


def entries_of(made, moved):
    said = [
        put(record, tag, value, at=at, ends=0 if value is None else ends, writer=writer,
            message=message)
        for at, (record, tag, value, writer, ends, message) in enumerate(made, 10)
    ]  # fmt: skip
    moves = [
        assigned(record, customer, at=50 + number, counter=number)
        for number, (record, customer) in enumerate(moved, 1)
    ]
    return [*said, *moves]


def said_by_hand(made, moved, present):
    """An oracle that reads the rules: by customer, the value that holds of each tag."""
    owners = dict(moved)
    first = {}
    for at, (record, tag, value, writer, ends, message) in enumerate(made, 10):
        first.setdefault((record, tag, writer, message or at), (at, value, ends))
    last = {}
    for (record, tag, writer, _), one in first.items():
        last[record, tag, writer] = max(one, last.get((record, tag, writer), (0, None, 0)),
                                        key=lambda found: found[0])  # fmt: skip
    found = {customer: {} for customer in owners.values()}
    for (record, tag, _), (at, value, ends) in sorted(last.items(), key=lambda one: one[1][0]):
        if record in owners and value is not None and (not ends or ends > max(present, at)):
            found[owners[record]][tag] = value
    return found


@QUICK
@given(MADE, MOVED, CLOCKS, st.randoms(use_true_random=False))
async def test_order_batches_and_ticks_in_between_change_nothing(made, moved, clocks, chance):
    """Replay equals live: what is left follows from the entries and the last tick alone."""
    await ends_alike(MemoryProfileStore(), made, moved, clocks, chance)


@settings(QUICK, max_examples=15)
@given(MADE, MOVED, CLOCKS, st.randoms(use_true_random=False))
async def test_sqlite_ends_as_the_model_does(made, moved, clocks, chance):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db", Folds(least=1))
        await ends_alike(store, made, moved, clocks, chance)
        await store.close()


async def ends_alike(other, made, moved, clocks, chance):
    """A store that is fed anyhow comes to hold what the model holds that is fed plainly."""
    entries = entries_of(made, moved)
    present = max(clocks, default=0)
    plain = await woken(await consume(MemoryProfileStore(), [entries]), present)
    mixed = [*entries, *chance.sample(entries, len(entries) // 2)]
    chance.shuffle(mixed)
    for clock in [*clocks, present]:
        taken, mixed = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        await consume(other, [[one] for one in taken])
        await woken(other, clock)
    await woken(await consume(other, [mixed]), present)
    assert await held(other) == await held(plain)
    assert await other.digest() == await plain.digest()
    keys = [ANN, BOB]
    mine, theirs = await plain.records(keys), await other.records(keys)
    assert {key: replace(one, edition=0) for key, one in mine.items()} == {
        key: replace(one, edition=0) for key, one in theirs.items()
    }
    for key, said in (await plain.taggings(keys)).items():
        assert set(said) == set((await other.taggings(keys))[key])


@QUICK
@given(MADE, MOVED, st.integers(8, 45))
async def test_a_customer_has_what_the_rules_say_and_no_more(made, moved, present):
    store = await woken(await consume(MemoryProfileStore(), [entries_of(made, moved)]), present)
    live = {id_: one for id_, one in (await held(store)).items() if id_ in dict(moved).values()}
    assert live == said_by_hand(made, moved, present)


@QUICK
@given(MADE, CLOCKS)
async def test_a_merge_that_is_taken_back_gives_each_its_own_tags(made, clocks):
    apart = [(ANN, "c1"), (BOB, "c2")]
    store = await consume(MemoryProfileStore(), [entries_of(made, apart)])
    never = await consume(MemoryProfileStore(), [entries_of(made, apart)])
    await consume(store, [[assigned(BOB, "c1", at=60, counter=7, left="c2")]])
    for clock in clocks:
        await woken(store, clock)
        await woken(never, clock)
    await consume(store, [[assigned(BOB, "c2", at=70, counter=8, left="c1")]])
    assert await held(store) == await held(never)
    assert await store.digest() == await never.digest()


@QUICK
@given(MADE, st.integers(8, 45))
async def test_as_of_now_is_what_holds_and_as_of_then_a_replay_up_to_then(made, present):
    store = await woken(await consume(MemoryProfileStore(), [entries_of(made, [])]), present)
    await woken(store, 50)
    records, said = await store.records([ANN, BOB]), await store.taggings([ANN, BOB])
    for key, record in records.items():
        assert list(active_at(said[key], 50)) == record.active_tags
    then = [one for one in entries_of(made, []) if stamp_ms(one.stamp) <= 14]
    past = await woken(await consume(MemoryProfileStore(), [then]), 14)
    for key, record in (await past.records([ANN, BOB])).items():
        assert list(active_at(said[key], 14)) == record.active_tags


async def test_a_tag_ends_by_a_tick_and_that_is_told():
    entries = [assigned(ANN, "c1", at=1), put(ANN, "vip", True, at=2, ends=90)]
    store = await consume(MemoryProfileStore(), [entries])
    assert (await store.waiting()).due == 90
    await woken(store, 89)
    assert (await held(store))["c1"] == {"vip": True}
    await woken(store, 90)
    assert (await held(store))["c1"] == {}
    told = [one.entry for one in await store.outgoing(99) if one.entry.topic == PROFILES]
    assert [dict(decode(PROFILES, one.data).tags) for one in told] == [{"vip": True}, {}]
    assert told[-1].time == 90
    async with store.unit() as unit:
        await HANDLER.wake(unit, [Scheduled(90, str(ANN))])
    assert len(await store.outgoing(99)) == 2
    await consume(store, [[put(ANN, "vip", True, at=95)]])
    assert (await held(store))["c1"] == {"vip": True}


async def test_when_the_last_word_is_over_what_was_said_before_and_holds_counts_again():
    entries = [
        assigned(ANN, "c1", at=1),
        put(ANN, "risk", 80, at=2, writer="eve"),
        put(ANN, "risk", 20, at=3, ends=90, writer="campaign"),
    ]
    store = await consume(MemoryProfileStore(), [entries])
    assert (await held(store))["c1"] == {"risk": 20}
    await woken(store, 90)
    assert (await held(store))["c1"] == {"risk": 80}


async def test_a_deleted_record_takes_its_tags_along():
    entries = [
        assigned(ANN, "c1", at=1), assigned(BOB, "c1", at=1), upserted(ANN, at=2),
        put(ANN, "vip", True, at=3), put(BOB, "risk", 5, at=4),
        upserted(ANN, at=5, revision=2, deleted=True),
    ]  # fmt: skip
    store = await consume(MemoryProfileStore(), [entries])
    assert (await held(store))["c1"] == {"risk": 5}


async def test_what_is_sent_again_under_its_name_counts_once():
    entries = [
        assigned(ANN, "c1", at=1),
        put(ANN, "vip", True, at=2, message="m"),
        put(ANN, "vip", None, at=3),
        put(ANN, "vip", True, at=4, message="m"),
    ]
    store = await consume(MemoryProfileStore(), [[one] for one in entries])
    assert (await held(store))["c1"] == {}
