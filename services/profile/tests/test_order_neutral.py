"""State is a function of the set of stamped entries, not of how they are consumed."""

import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from c360_kernel.codec import decode
from c360_kernel.log.topics import (
    CONSENT_STATES,
    EVENTS,
    IDENTITIES,
    PROFILES,
    RECORDS,
)
from c360_kernel.revisions import content_of
from c360_profile.domain.query import Window
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.consumptions import (
    CUSTOMERS,
    KEYS,
    consume,
    consumptions,
    entry_lists,
    made_at,
    state,
)
from c360_profile.testing.entries import assigned, consented, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings

QUICK = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
ON_DISK = settings(QUICK, max_examples=25)


@asynccontextmanager
async def on_disk():
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        yield store
        await store.close()


@QUICK
@given(consumptions())
async def test_any_order_and_batching_gives_the_same_state(consumption):
    entries, batches = consumption
    plain = await consume(MemoryProfileStore(), [[entry] for entry in entries])
    assert await state(await consume(MemoryProfileStore(), batches)) == await state(plain)


@ON_DISK
@given(consumptions())
async def test_sqlite_ends_in_the_same_state_as_the_model(consumption):
    entries, batches = consumption
    plain = await consume(MemoryProfileStore(), [entries])
    async with on_disk() as store:
        assert await state(await consume(store, batches)) == await state(plain)


@QUICK
@given(consumptions())
async def test_consuming_everything_again_changes_and_tells_nothing(consumption):
    entries, batches = consumption
    store = await consume(MemoryProfileStore(), batches)
    before, found = await state(store), len(await store.outgoing(10_000))
    await consume(store, [entries])
    assert await state(store) == before
    assert len(await store.outgoing(10_000)) == found


@QUICK
@given(entry_lists)
async def test_the_same_things_told_at_another_time_give_the_same_digest(made):
    one = await consume(MemoryProfileStore(), [made_at(10, made)])
    other = await consume(MemoryProfileStore(), [made_at(5000, made)])
    assert await one.digest() == await other.digest()


@QUICK
@given(consumptions())
async def test_what_is_told_of_a_customer_is_each_change_once_and_ends_in_its_state(consumption):
    _, batches = consumption
    store = await consume(MemoryProfileStore(), batches)
    last = {PROFILES: {}, CONSENT_STATES: {}}
    for out in await store.outgoing(10_000):
        change = decode(out.entry.topic, out.entry.data)
        before = last[out.entry.topic].get(change.customer)
        if before is not None:
            assert change.version > before.version
            assert replace(change, version=before.version) != before
        last[out.entry.topic][change.customer] = change
    profiles, states = last.values()
    assert profiles == {payload.customer: payload async for payload in store.emissions()}
    consents = {name: dict(change.consents) for name, change in profiles.items()}
    values = {name: dict(states[name].states) if name in states else {} for name in profiles}
    assert values == consents


@QUICK
@given(consumptions())
async def test_the_state_is_what_a_plain_reading_of_the_rules_says(consumption):
    """An oracle that knows nothing of revisions archived, editions, batches or stores."""
    entries, batches = consumption
    store = await consume(MemoryProfileStore(), batches)
    members = _members(entries)
    customers = await store.customers(CUSTOMERS)
    timelines = await store.timeline(CUSTOMERS, Window())
    for customer in CUSTOMERS:
        own = {key for key, holder in members.items() if holder == customer}
        held = customers.get(customer)
        assert (held is not None and not held.ended) == bool(own)
        cities = [city for key in own if (city := _city(entries, key)) is not None]
        if held is not None:
            assert ("city" in held.traits) == bool(cities)
            newest = max(cities, default=(0, 0, ""))[:2]
            allowed = {city for *when, city in cities if tuple(when) == newest}
            assert held.traits.get("city") in (allowed or {None})
        seen = [event.message_id for event in timelines.get(customer, ())]
        subjects = _subjects(entries).items()
        assert sorted(seen) == sorted(message for (_, message), key in subjects if key in own)


def _told(entries, topic):
    return [(e.stamp, decode(topic, e.data)) for e in entries if e.topic == topic]


def _members(entries):
    members = {}
    for key in KEYS:
        latest = _holding([(s, p) for s, p in _told(entries, RECORDS) if p.record == key])
        moves = [(p.version, p.customer) for _, p in _told(entries, IDENTITIES) if p.record == key]
        holder = max(moves)[1] if moves else ""
        members[key] = "" if latest is not None and latest.deleted else holder
    return members


def _city(entries, key):
    """The city that a record stands by, with when it was observed, at which revision."""
    items = [(s, p) for s, p in _told(entries, RECORDS) if p.record == key]
    naming = [(s, p) for s, p in items if p.named is None or "traits.city" in p.named]
    by = _holding(naming)
    city = by.traits.get("city") if by is not None else None
    return (by.observed_at, by.revision, city) if city else None


def _holding(stated):
    """Of the greatest number the content that was new last; of two scales what was new later."""
    leaders = []
    first = {}
    for stamp, p in sorted(stated, key=lambda one: one[0]):
        first.setdefault((p.own, p.revision, content_of(p)), (stamp, p))
    for own in (True, False):
        scale = [(p.revision, stamp, p) for stamp, p in first.values() if p.own is own]
        leaders += [max(scale, key=lambda one: one[:2])] if scale else []
    return max(leaders, key=lambda one: one[1])[2] if leaders else None


def _subjects(entries):
    first = {}
    for _, payload in sorted(_told(entries, EVENTS), key=lambda stated: stated[0], reverse=True):
        first[payload.record.source, payload.message_id] = payload.record
    return first


async def test_an_unmerge_gives_back_the_profiles_of_before_the_merge():
    ann, bob = KEYS[0], KEYS[2]
    apart = [
        upserted(ann, {"name": "Ann", "city": "A"}, at=1),
        upserted(bob, {"name": "Bob", "city": "B"}, at=2),
        tracked(bob, "m1", at=3),
        consented(ann, "marketing", "granted", at=4),
        consented(bob, "marketing", "withdrawn", at=5),
        assigned(ann, "c1", at=1),
        assigned(bob, "c2", at=2),
    ]
    together = assigned(bob, "c1", at=6, counter=2, left="c2")
    again = assigned(bob, "c2", at=7, counter=3, left="c1")
    store = await consume(MemoryProfileStore(), [apart])
    before = {i: replace(c, counter=0) for i, c in (await store.customers(CUSTOMERS)).items()}
    digest = await store.digest()

    await consume(store, [[together]])
    merged = await store.customers(CUSTOMERS)
    assert merged["c1"].traits == {"city": "B", "name": "Ann"}
    assert (merged["c2"].ended, merged["c2"].successor) == (True, "c1")
    assert [e.message_id for e in (await store.timeline(["c1"], Window()))["c1"]] == ["m1"]
    assert await store.digest() != digest

    await consume(store, [[again]])
    after = await store.customers(CUSTOMERS)
    assert {i: replace(c, counter=0) for i, c in after.items()} == before
    assert await store.digest() == digest
    assert after["c2"].counter == 3


async def test_a_patch_counts_as_new_in_what_it_names_alone():
    ann, bob = KEYS[0], KEYS[2]
    entries = [
        upserted(ann, {"name": "Ann", "city": "A"}, at=1, revision=1, observed_at=10),
        upserted(bob, {"name": "Bob", "city": "B"}, at=2, revision=1, observed_at=20),
        upserted(ann, {"name": "Anna"}, at=3, revision=2, observed_at=30, removed=["gender"]),
        assigned(ann, "c1", at=4),
        assigned(bob, "c1", at=5),
    ]
    store = await consume(MemoryProfileStore(), [entries])
    assert (await store.customers(["c1"]))["c1"].traits == {"city": "B", "name": "Anna"}


async def test_a_patch_after_a_deletion_brings_the_record_back_with_what_it_names():
    key = KEYS[0]
    entries = [
        upserted(key, {"name": "Ann", "city": "A"}, at=1, revision=1),
        upserted(key, {"interests": ("tea",)}, at=2, revision=2, removed=[]),
        upserted(key, at=3, revision=3, deleted=True),
        upserted(key, {"city": "C"}, at=5, revision=5, removed=[]),
        upserted(key, {"name": "An"}, at=6, revision=2, removed=[]),
    ]
    for stated in (entries, entries[::-1]):
        store = await consume(MemoryProfileStore(), [[entry] for entry in stated])
        assert (await store.records([key]))[key].traits == {"city": "C"}
        assert (await store.counts())["records"] == 1


async def test_a_customer_whose_records_are_scattered_has_no_successor():
    entries = [assigned(key, "c1", at=1) for key in KEYS[:2]]
    moved = [assigned(KEYS[0], "c2", at=2, counter=2), assigned(KEYS[1], "c3", at=3, counter=2)]
    store = await consume(MemoryProfileStore(), [entries, moved])
    ended = (await store.customers(["c1"]))["c1"]
    assert (ended.ended, ended.successor) == (True, "")


async def test_a_customer_of_events_alone_has_an_empty_profile():
    store = await consume(MemoryProfileStore(), [[tracked(KEYS[0], "m1", at=1)]])
    assert await store.outgoing(9) == []
    await consume(store, [[assigned(KEYS[0], "c1", at=2)]])
    (out,) = await store.outgoing(9)
    payload = decode(PROFILES, out.entry.data)
    assert (payload.customer, dict(payload.traits), payload.ended) == ("c1", {}, False)


async def test_an_emitted_entry_takes_over_stamp_time_and_trace_of_its_cause():
    cause = replace(assigned(KEYS[0], "c1", at=2), traceparent="00-aa-bb-01")
    store = await consume(MemoryProfileStore(), [[upserted(KEYS[0], at=1), cause]])
    (out,) = await store.outgoing(9)
    entry = out.entry
    assert (entry.stamp, entry.time, entry.traceparent) == (cause.stamp, cause.time, "00-aa-bb-01")
    assert (entry.id, entry.key) == ("profiles:c1:0.1", "c1")


async def states_told(*batches):
    """What is told of consents, in its order."""
    store = await consume(MemoryProfileStore(), batches)
    entries = [one.entry for one in await store.outgoing(99) if one.entry.topic == CONSENT_STATES]
    found = [decode(CONSENT_STATES, entry.data) for entry in entries]
    return [(one.customer, dict(one.states)) for one in found]


async def test_an_answer_tells_the_state_and_one_that_changes_nothing_does_not():
    entries = [
        assigned(KEYS[0], "c1", at=1),
        consented(KEYS[0], "marketing", "granted", at=2),
        consented(KEYS[0], "marketing", "granted", at=1),
        consented(KEYS[0], "service", "denied", at=3),
        consented(KEYS[0], "marketing", "withdrawn", at=4),
    ]
    assert await states_told(*([one] for one in entries)) == [
        ("c1", {"marketing": "granted"}),
        ("c1", {"marketing": "granted", "service": "denied"}),
        ("c1", {"marketing": "withdrawn", "service": "denied"}),
    ]
    assert await states_told(entries[:1]) == []


async def test_consents_go_with_their_record_and_an_ended_customer_has_none():
    entries = [
        assigned(KEYS[0], "c1", at=1),
        consented(KEYS[0], "marketing", "granted", at=2),
        assigned(KEYS[1], "c2", at=3),
        consented(KEYS[1], "marketing", "denied", at=4),
    ]
    merged = assigned(KEYS[0], "c2", at=5)
    found = await states_told(entries, [merged])
    assert found == [
        ("c1", {"marketing": "granted"}),
        ("c2", {"marketing": "denied"}),
        ("c1", {}),
    ]
    deleted = upserted(KEYS[1], at=6, deleted=True)
    assert (await states_told(entries, [merged], [deleted]))[3:] == [
        ("c2", {"marketing": "granted"})
    ]
