"""What never opens: no clock, no order, no sender's time and no join makes a yes of a no."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.log.topics import CONSENT_STATES, CONSENTS
from c360_kernel.payload import ConsentRecorded, ConsentStatus, ConsentTerms
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_profile.domain.consent import Answers, Consent, Given, consents_at, most_restrictive
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.consumptions import CUSTOMERS, HANDLER, consume
from c360_profile.testing.entries import assigned, consented, stamp, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
ANN, BOB = RecordKey("crm", "a"), RecordKey("web", "a")
STATUSES: list[ConsentStatus] = ["granted", "denied", "withdrawn", "expired"]
HOUR = 3_600_000
WEEK = 7 * 24 * HOUR


def said(record, status, *, at, stamped=None, claimed_at=0, ends=0, replaces=()):
    terms = ConsentTerms("consent", "v1", expires_at=ends)
    payload = ConsentRecorded(
        record, "marketing", status, at, "form", claimed_at, terms, tuple(replaces)
    )
    new = new_entry(CONSENTS, str(record), payload, stamp(at if stamped is None else stamped))
    return entry_at(new, Partition(CONSENTS, 0), 0)


async def woken(store, present):
    """What the worker does once it is `present`."""
    while True:
        async with store.unit() as unit:
            await unit.tick(present)
            due = await unit.take_due(2)
            if not due:
                return store
            await HANDLER.wake(unit, due)


async def states(store):
    return {id_: dict(one.consents) for id_, one in (await store.customers(CUSTOMERS)).items()}


MADE = st.lists(
    st.tuples(
        st.sampled_from([ANN, BOB]),
        st.sampled_from(STATUSES),
        st.integers(1, 5),
        st.sampled_from([0, 0, 70, 71]),
        st.sampled_from([0, 0, 12, 20, 30, 40]),
        st.lists(st.integers(10, 17), max_size=2),
    ),
    max_size=7,
)
MOVED = st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.sampled_from(CUSTOMERS[:2])), max_size=4)
CLOCKS = st.lists(st.integers(8, 45), max_size=4).map(sorted)


def entries_of(made, moved):
    answers = [
        said(
            record,
            status,
            at=at,
            stamped=number,
            claimed_at=claim,
            ends=ends if status == "granted" else 0,
            replaces=[stamp(one) for one in replaced] if status == "granted" else (),
        )
        for number, (record, status, at, claim, ends, replaced) in enumerate(made, 10)
    ]
    moves = [
        assigned(record, customer, at=50 + number, counter=number)
        for number, (record, customer) in enumerate(moved, 1)
    ]
    return [*answers, *moves]


@QUICK
@given(MADE, MOVED, CLOCKS, st.randoms(use_true_random=False))
async def test_order_batches_and_ticks_in_between_change_nothing(made, moved, clocks, chance):
    """Replay equals live: what is left follows from the entries and the last tick alone."""
    await ends_alike(MemoryProfileStore(), made, moved, clocks, chance)


@settings(QUICK, max_examples=15)
@given(MADE, MOVED, CLOCKS, st.randoms(use_true_random=False))
async def test_sqlite_ends_as_the_model_does(made, moved, clocks, chance):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
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
    assert await states(other) == await states(plain)
    assert await other.digest() == await plain.digest()
    keys = [ANN, BOB]
    mine, theirs = await plain.records(keys), await other.records(keys)
    assert {key: replace(one, edition=0) for key, one in mine.items()} == {
        key: replace(one, edition=0) for key, one in theirs.items()
    }
    given_to = await plain.answers(keys)
    assert {key: set(found) for key, found in given_to.items()} == {
        key: set(found) for key, found in (await other.answers(keys)).items()
    }


@QUICK
@given(MADE, MOVED, CLOCKS)
async def test_no_clock_opens_a_consent(made, moved, clocks):
    store = await consume(MemoryProfileStore(), [entries_of(made, moved)])
    before = await states(store)
    for clock in clocks:
        await woken(store, clock)
        now = await states(store)
        for customer, purposes in now.items():
            if purposes.get("marketing") == "granted":
                assert before[customer]["marketing"] == "granted"
        before = now


async def test_a_grant_ends_by_a_tick_and_that_is_told():
    entries = [assigned(ANN, "c1", at=1), said(ANN, "granted", at=2, ends=90)]
    store = await consume(MemoryProfileStore(), [entries])
    assert (await store.waiting()).due == 90
    await woken(store, 89)
    assert (await states(store))["c1"] == {"marketing": "granted"}
    await woken(store, 90)
    assert (await states(store))["c1"] == {"marketing": "expired"}
    told = [one.entry for one in await store.outgoing(99) if one.entry.topic == CONSENT_STATES]
    found = [dict(decode(CONSENT_STATES, one.data).states)["marketing"] for one in told]
    assert found == ["granted", "expired"]
    assert told[-1].time == 90
    # Woken again, and asked again.
    async with store.unit() as unit:
        await HANDLER.wake(unit, [Scheduled(90, str(ANN))])
    assert len(await store.outgoing(99)) == 4
    await consume(store, [[said(ANN, "granted", at=95)]])
    assert (await states(store))["c1"] == {"marketing": "granted"}


async def test_a_grant_that_arrives_after_its_end_never_holds():
    entries = [assigned(ANN, "c1", at=1), said(ANN, "granted", at=2, stamped=50, ends=40)]
    store = await consume(MemoryProfileStore(), [entries])
    assert (await states(store))["c1"] == {"marketing": "expired"}
    assert (await store.waiting()).due is None


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(STATUSES),
        st.integers(0, 4),
        st.sampled_from([0, 0, WEEK]),
        st.sampled_from([0, 0, 0, HOUR, 9 * WEEK]),
    ),
    max_size=6,
)


def answers_of(made):
    """As they arrive an hour apart; some lie about when they were given, some long waited."""
    found = []
    for number, (status, back, waited, claim) in enumerate(made, 1):
        arrived = 2 * WEEK + number * HOUR
        at = arrived if claim else arrived - back * HOUR - waited
        claimed = arrived + claim if claim else 0
        found.append(Consent("marketing", status, at, stamp(arrived), "", claimed))
    return found


def after(answers):
    return reduce(Answers.after, answers, Answers())


@QUICK
@given(ANSWERS, st.randoms(use_true_random=False))
def test_no_wrong_clock_lets_a_grant_outlive_a_withdrawal(made, chance):
    answers = answers_of(made)
    shuffled = chance.sample(answers, len(answers))
    held = after(answers).held
    assert after(shuffled) == after(answers)
    if held is None or held.status != "granted":
        return
    for one in answers:
        if one.status != "withdrawn":
            continue
        if held.claimed_at:
            assert one.stamp < held.stamp
            assert one.is_late or not held.is_far_ahead
        elif held.is_late:
            assert one.is_late and one.at < held.at
        else:
            assert one.at < held.at


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_what_waited_at_a_clock_that_was_ahead_revives_nothing(withdrawn_first):
    """A grant of January that says June, and arrives in November, after a withdrawal of March."""
    month = 30 * 24 * HOUR
    grant = Consent("marketing", "granted", 6 * month, stamp(11 * month))
    withdrawal = Consent("marketing", "withdrawn", 3 * month, stamp(3 * month))
    order = [withdrawal, grant] if withdrawn_first else [grant, withdrawal]
    assert after(order).held == withdrawal
    again = Consent("marketing", "granted", 12 * month, stamp(12 * month))
    assert after([*order, again]).held == again


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_what_comes_from_a_clock_far_ahead_revives_nothing(withdrawn_first):
    """It may be of before the withdrawal, and have waited; a clock an hour ahead has not."""
    withdrawal = Consent("marketing", "withdrawn", 100 * HOUR, stamp(100 * HOUR))
    far, near = (
        Consent("marketing", "granted", 101 * HOUR, stamp(101 * HOUR), "", (101 + ahead) * HOUR)
        for ahead in (49, 1)
    )
    order = [withdrawal, far] if withdrawn_first else [far, withdrawal]
    answers = after(order)
    assert answers.held == withdrawal and answers.outcome(far) == "OUTDATED"
    assert after([far]).held == far
    assert after([withdrawal, near]).held == near
    again = Consent("marketing", "granted", 102 * HOUR, stamp(102 * HOUR))
    assert after([*order, again]).held == again


@pytest.mark.parametrize("far_first", [True, False])
def test_a_clock_far_ahead_keeps_no_later_grant_out(far_first):
    """Asked again, a person answers by a clock that is a second ahead, as most are a little."""
    withdrawal = Consent("marketing", "withdrawn", 100 * HOUR, stamp(100 * HOUR))
    far = Consent("marketing", "granted", 101 * HOUR, stamp(101 * HOUR), "", 9 * WEEK)
    again = Consent("marketing", "granted", 102 * HOUR, stamp(102 * HOUR), "", 102 * HOUR + 1_000)
    grants = [far, again] if far_first else [again, far]
    assert after([withdrawal, *grants]).held == again
    assert after([*grants, withdrawal]).held == again


def test_an_imported_history_goes_by_its_own_times():
    month = 30 * 24 * HOUR
    arrived = [stamp(90 * month + number) for number in range(2)]
    withdrawal = Consent("marketing", "withdrawn", 3 * month, arrived[1])
    grant = Consent("marketing", "granted", 6 * month, arrived[0])
    assert after([grant, withdrawal]).held == grant


async def test_who_is_asked_again_answers_for_all_records_that_are_joined():
    apart = [
        upserted(ANN, {"name": "Ann"}, at=1),
        upserted(BOB, {"name": "Ann"}, at=2),
        said(ANN, "granted", at=3),
        said(BOB, "withdrawn", at=4),
        assigned(ANN, "c1", at=5),
        assigned(BOB, "c2", at=6),
    ]
    store = await consume(MemoryProfileStore(), [apart])
    before = await states(store)
    joined = assigned(BOB, "c1", at=7, counter=2, left="c2")
    again = said(ANN, "granted", at=8, replaces=[stamp(4)])
    await consume(store, [[joined]])
    assert (await states(store))["c1"] == {"marketing": "withdrawn"}
    await consume(store, [[again]])
    assert (await states(store))["c1"] == {"marketing": "granted"}
    await consume(store, [[assigned(BOB, "c2", at=9, counter=3, left="c1")]])
    assert await states(store) == before
    # What comes later counts again.
    await consume(store, [[assigned(BOB, "c1", at=10, counter=4), said(BOB, "denied", at=11)]])
    assert (await states(store))["c1"] == {"marketing": "denied"}
    await consume(store, [[said(ANN, "withdrawn", at=12)]])
    assert (await states(store))["c1"] == {"marketing": "withdrawn"}


@QUICK
@given(MADE, st.integers(8, 45))
async def test_a_merge_and_its_unmerge_give_back_each_answer(made, present):
    apart = [assigned(ANN, "c1", at=1), assigned(BOB, "c2", at=2), *entries_of(made, [])]
    store = await woken(await consume(MemoryProfileStore(), [apart]), present)
    before, digest = await states(store), await store.digest()
    await consume(store, [[assigned(BOB, "c1", at=90, counter=2, left="c2")]])
    await consume(store, [[assigned(BOB, "c2", at=91, counter=3, left="c1")]])
    assert await states(store) == before
    assert await store.digest() == digest


def test_an_answer_sent_again_is_the_same_answer():
    one = Consent("marketing", "granted", 5, stamp(5), "form", 0, ConsentTerms("consent", "v1"))
    assert Given(ANN, one).name == Given(ANN, replace(one, stamp=stamp(9))).name
    for other in (
        replace(one, status="denied"),
        replace(one, at=6),
        replace(one, terms=ConsentTerms("consent", "v2")),
    ):
        assert Given(ANN, one).name != Given(ANN, other).name
    assert one.id != replace(one, stamp=stamp(9)).id


def test_of_two_grants_of_one_moment_the_one_that_ends_sooner_holds():
    open_end = Consent("marketing", "granted", 5, stamp(5))
    sooner = Consent("marketing", "granted", 5, stamp(6), terms=ConsentTerms(expires_at=90))
    assert after([open_end, sooner]).held == sooner
    assert after([sooner, open_end]).held == sooner


def test_a_replaced_answer_does_not_count_and_an_expired_one_replaces_nothing():
    yes = Consent("marketing", "granted", 9, stamp(9), supersedes=(stamp(4),))
    no = Consent("marketing", "denied", 4, stamp(4))
    (held,) = most_restrictive([(ANN, [yes]), (BOB, [no])])
    assert held.consent == yes
    ending = after([replace(yes, terms=ConsentTerms(expires_at=20))])
    assert ending.at_present(19).supersedes == (stamp(4),)
    assert ending.at_present(20).supersedes == ()
    # Of another purpose it says nothing.
    other = replace(no, purpose="service")
    assert len(most_restrictive([(ANN, [yes]), (BOB, [other])])) == 2


def test_consented_entries_have_no_terms_unless_told():
    assert (
        decode(CONSENTS, consented(ANN, "marketing", "granted", at=1).data).terms == ConsentTerms()
    )


@QUICK
@given(MADE, st.integers(8, 45))
async def test_as_of_now_is_what_holds_and_as_of_then_a_replay_up_to_then(made, present):
    entries = entries_of(made, [])
    store = await woken(await consume(MemoryProfileStore(), [entries]), present)
    for instant in (present, 100):
        await woken(store, instant)
        records, answers = await store.records([ANN, BOB]), await store.answers([ANN, BOB])
        for key, record in records.items():
            assert as_of(instant, record, answers[key]) == record.consents
    then = [one for one in entries if decode(CONSENTS, one.data).at <= 3]
    past = await woken(await consume(MemoryProfileStore(), [then]), 3)
    for key, record in (await past.records([ANN, BOB])).items():
        # What never arrives before its end is over at any time.
        assert as_of(3, records[key], answers[key]) == record.consents


def as_of(instant, record, given):
    return consents_at(record.known(one.consent for one in given), instant)


async def test_what_ends_later_stays_ended_when_an_earlier_end_is_told_late():
    later = said(ANN, "granted", at=5, stamped=11, ends=40)
    store = await woken(
        await consume(MemoryProfileStore(), [[assigned(ANN, "c1", at=1), later]]), 45
    )
    earlier = said(ANN, "granted", at=4, stamped=10, ends=20)
    await woken(await consume(store, [[earlier]]), 45)
    assert (await states(store))["c1"] == {"marketing": "expired"}
    assert (await store.records([ANN]))[ANN].present == 40
