"""What is told that accounts come to: with every change, and when something runs out."""

from dataclasses import replace

import pytest
from c360_account.bootstrap import build
from c360_account.domain.basis import basis_of
from c360_account.domain.roll_ups import RollUpRules
from c360_account.handlers import standing
from c360_account.handlers.handler import AccountHandler
from c360_account.handlers.marking import Marks, marked
from c360_account.settings import AccountSettings
from c360_account.store import answers, rolling_up
from c360_account.store.port import MOST_HEIRS
from c360_account.store.sqlite import SqliteAccountStore
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed, wake
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
    profile_entry,
    worlds,
)
from c360_account.testing.shown import expect_told
from c360_kernel.catalog.computed_traits import RollUp
from c360_kernel.codec import decode
from c360_kernel.evidence.rules import Rules
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.size import fits
from c360_kernel.log.ticks import tick_entry
from c360_kernel.log.topics import ACCOUNT_IDENTITIES, TICKS
from c360_kernel.metrics import ROLL_UPS_LEFT_OUT
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = 86_400_000
KEY_A, KEY_B, KEY_C = (RecordKey("crm", key) for key in "abc")
A, B, C = map(ACCOUNT_ID, (KEY_A, KEY_B, KEY_C))
BEGUN = [
    account_entry("crm/a", 1, {"number": "N-1001"}),
    account_entry("crm/b", 2, {"number": "N-1002"}, parent="crm/a"),
    person_entry("crm/p", "c1"),
    person_entry("erp/q", "c2"),
    link_entry("crm/l1", 3, "crm/p", "crm/b"),
]
AT_LENGTH = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path):
    made = (
        MemoryAccountStore(ACCOUNT_ID)
        if request.param == "memory"
        else SqliteAccountStore(tmp_path / "account.db", ACCOUNT_ID)
    )
    yield made
    await made.close()


async def told(store):
    """By account what is on the log last, as far as it is not nothing."""
    entries = [one.entry for one in await store.outgoing(1_000)]
    payloads = [decode(one.topic, one.data) for one in entries]
    newest = {one.record: one for one in sorted(payloads, key=lambda one: one.version)}
    return {one.account: dict(one.comes_to) for one in newest.values() if one.comes_to}


async def test_an_event_is_told_to_all_that_it_counts_for(store):
    await feed(store, BEGUN)
    assert await told(store) == {B: {"people": 1}}
    await feed(store, [event_entry("crm/p", 9, at=DAY, amount=2.5)])
    counted = {"recentOrders": 1, "revenue": 2.5}
    assert await told(store) == {A: {"revenue": 2.5}, B: {"people": 1, **counted}}


async def test_a_window_runs_out_though_nothing_happens(store):
    await feed(store, [*BEGUN, event_entry("crm/p", 9, at=DAY, amount=2.5)])
    assert (await store.waiting()).due == 2 * DAY
    await wake(store, 2 * DAY - 1)
    assert (await told(store))[B]["recentOrders"] == 1
    await wake(store, 2 * DAY)
    assert (await told(store))[B] == {"people": 1, "revenue": 2.5}
    assert (await store.waiting()).due is None


async def test_who_begins_and_ends_to_belong_to_an_account_is_told(store):
    later = link_entry("crm/l2", 4, "erp/q", "crm/b", valid_from=DAY, valid_to=2 * DAY)
    await feed(store, [*BEGUN, later, profile_entry("c2", spent=3.0, stage="active")])
    for at, people in ((DAY - 1, 1), (DAY, 2), (2 * DAY - 1, 2), (2 * DAY, 1)):
        await wake(store, at)
        found = await told(store)
        assert found[B]["people"] == people
        assert (found.get(A) == {"bestSpent": 3.0}) is (people == 2)


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (person_entry("erp/q", "c1", 1), person_entry("erp/q", "c2", 2)),
        (
            account_entry("crm/c", 10, {"number": "N-1002"}, revision=2),
            account_entry("crm/c", 11, {"number": "N-1003"}, revision=3),
        ),
        (
            account_entry("crm/b", 10, {"number": "N-1002"}, revision=2),
            account_entry("crm/b", 11, {"number": "N-1002"}, revision=3, parent="crm/a"),
        ),
        (
            link_entry("crm/l1", 10, "crm/p", "crm/c", revision=2),
            link_entry("crm/l1", 11, "crm/p", "crm/b", revision=3),
        ),
        (
            link_entry("crm/l9", 10, "crm/p", "crm/a"),
            link_entry("crm/l9", 11, "crm/p", "crm/a", revision=2, deleted=True),
        ),
    ],
)
async def test_what_is_changed_and_taken_back_leaves_what_was_told(store, change, back):
    more = [
        account_entry("crm/c", 5, {"number": "N-1003"}),
        link_entry("crm/l3", 6, "erp/q", "crm/c"),
        event_entry("crm/p", 7, "m1", amount=2.5),
        event_entry("erp/q", 8, "m2", amount=4.0),
        event_entry("erp/q", 9, "m3", amount=8.0, company="N-1002"),
    ]
    await feed(store, [*BEGUN, *more])
    before, digest = await told(store), await store.digest()
    await feed(store, [change])
    assert await told(store) != before
    await expect_told(store)
    await feed(store, [back])
    assert await told(store) == before
    assert await store.digest() == digest


async def test_an_edge_that_closes_a_circle_no_more_is_told(store):
    """Whichever edge of a circle is left out, all of it is looked at when one of them changes."""
    circle = [
        account_entry("crm/a", 11, revision=2, parent="crm/b"),
        account_entry("crm/b", 12, revision=2, parent="crm/c"),
        account_entry("crm/c", 13, parent="crm/a"),
        *BEGUN,
        event_entry("crm/p", 9, amount=2.5),
    ]
    await feed(store, circle)
    await expect_told(store)
    for stamp, parent in ((14, ""), (15, "crm/c"), (16, "crm/b")):
        said = {"revision": stamp, **({"parent": parent} if parent else {})}
        await feed(store, [account_entry("crm/b", stamp, **said)])
        await expect_told(store)


async def test_an_event_of_a_record_that_is_nobodys_counts_once_it_is_somebodys(store):
    await feed(store, [*BEGUN, event_entry("crm/z", 9, amount=2.5, company="N-1001")])
    assert A not in await told(store)
    await feed(store, [person_entry("crm/z", "c9", 1)])
    assert (await told(store))[A] == {"recentOrders": 1, "revenue": 2.5}
    await feed(store, [person_entry("crm/z", "", 2)])
    assert A not in await told(store)


def carriers(count, number="N-1001", of="a", **carried):
    """Records that carry one number, the oldest of them last in the order of their keys."""
    names = [f"{of}{place:04}" for place in range(count - 1)] + [f"{of}z"]
    return [
        account_entry(
            f"crm/{name}",
            place,
            {"number": number, **{one: f"{text}-{of}{place}" for one, text in carried.items()}},
        )
        for place, name in zip(range(count, 0, -1), names, strict=True)
    ]


async def test_who_lost_all_others_of_a_crowd_is_told_what_is_left(store):
    """So many records are another account at once that the one that stays is not found by them."""
    most = Rules.of(CATALOG.accounts.identifiers).most_looked_at - 1
    people = [person_entry("crm/p", "c1"), person_entry("erp/q", "c2")]
    links = [
        link_entry("crm/l1", 900, "crm/p", "crm/az"),
        link_entry("crm/l2", 901, "erp/q", "crm/a0000"),
    ]
    await feed(store, [*carriers(most), *people, *links])
    stays = ACCOUNT_ID(RecordKey("crm", "az"))
    assert await told(store) == {stays: {"people": 2}}
    await feed(store, carriers(3, of="b"))
    assert (await told(store))[stays] == {"people": 1}
    await expect_told(store)


async def test_who_is_named_no_more_by_what_very_many_carry_is_told(store):
    """What so many carry names nobody, and many more of them come at once."""
    event = event_entry("crm/p", 900, amount=2.5, company="N-1001")
    begun = carriers(MOST_HEIRS, code="C")
    await feed(store, [*begun, person_entry("crm/p", "c1"), event])
    named = ACCOUNT_ID(RecordKey("crm", "az"))
    assert (await told(store))[named] == {"recentOrders": 1, "revenue": 2.5}
    # They are before it in the order of their keys.
    await feed(store, carriers(3, of="0", code="C"))
    assert named not in await told(store)
    await expect_told(store)


async def test_whose_are_records_with_very_many_events_is_told_of_each(store, monkeypatch):
    monkeypatch.setattr(standing, "MOST_EVENTS", 2)
    named = {"crm/r": "N-1001", "erp/s": "N-1003"}
    events = [
        event_entry(record, 10 * place + n, f"m{n}", amount=1.0, company=company)
        for place, (record, company) in enumerate(named.items(), start=1)
        for n in (0, 1)
    ]
    await feed(store, [*BEGUN, account_entry("crm/c", 5, {"number": "N-1003"}), *events])
    assert await told(store) == {B: {"people": 1}}
    await feed(store, [person_entry(one, "c9", 1) for one in named])
    found = await told(store)
    assert {id_: one.get("recentOrders") for id_, one in found.items()} == {A: 2, B: None, C: 2}
    await feed(store, [person_entry(one, "", 2) for one in named])
    assert await told(store) == {B: {"people": 1}}


def with_notes():
    """A catalog whose accounts come to all the notes of their visits, too."""
    every = replace(CATALOG.accounts.computed["lastSeen"].trait, kind="unique_list", type="strings")
    every = replace(every, events=("visit",), looks_at="note")
    model = CATALOG.accounts
    computed = {**model.computed, "notes": RollUp(every, live=True)}
    return replace(CATALOG, accounts=replace(model, computed=computed))


async def take(store, handler, *entries):
    async with store.unit() as unit:
        await handler.handle(unit, entries)
    async with store.unit() as unit:
        await handler.wake(unit, await unit.take_due(100))


def visit(number, size):
    return event_entry("crm/p", 9 + number, f"m{number}", "visit", note=f"{number}" * size)


async def test_what_no_log_takes_is_left_out_and_all_else_is_told(store, caplog):
    handler, left_out = AccountHandler(with_notes(), ACCOUNT_ID), ROLL_UPS_LEFT_OUT.value("notes")
    other = link_entry("crm/l2", 4, "erp/q", "crm/a")
    await take(store, handler, *BEGUN, other, visit(1, 600_000))
    assert (await told(store))[B].keys() == {"people", "notes"}
    await take(store, handler, visit(2, 600_000), event_entry("erp/q", 20, "m3", amount=2.5))
    of_a = {"people": 1, "revenue": 2.5, "recentOrders": 1}
    assert await told(store) == {A: of_a, B: {"people": 1}}
    assert f"ACCOUNT_TOO_LARGE {B}: notes not told" in caplog.text
    assert ROLL_UPS_LEFT_OUT.value("notes") == left_out + 1
    await take(store, handler, event_entry("crm/p", 21, "m4", amount=2.5))
    counted = {"revenue": 2.5, "recentOrders": 1}
    assert await told(store) == {A: {**of_a, "revenue": 5.0}, B: {"people": 1, **counted}}


@given(size=st.integers(930_000, 970_000), letter=st.sampled_from("xé中"))
@settings(max_examples=10, deadline=None)
async def test_every_log_takes_what_is_told_of_any_account(size, letter):
    store, handler = MemoryAccountStore(ACCOUNT_ID), AccountHandler(with_notes(), ACCOUNT_ID)
    note = letter * (size // len(letter.encode()))
    seen = event_entry("crm/p", 9, "m1", "visit", note=note)
    await take(store, handler, *BEGUN, seen)
    assert (await told(store))[B]["people"] == 1
    assert all(fits(one.entry) for one in await store.outgoing(1_000))


async def test_a_roll_up_with_too_much_to_look_at_silences_no_other(store, monkeypatch, caplog):
    await feed(store, [*BEGUN, event_entry("crm/p", 9, amount=2.5)])
    assert (await told(store))[B] == {"people": 1, "recentOrders": 1, "revenue": 2.5}
    monkeypatch.setattr(rolling_up, "MOST_EVENTS", 1)
    await feed(store, [event_entry("crm/p", 10, "m2", amount=2.5)])
    assert await told(store) == {B: {"people": 1}}
    assert f"ACCOUNT_TOO_LARGE {B}: recentOrders, revenue not told" in caplog.text
    monkeypatch.setattr(answers, "MOST_ACCOUNTS", 1)
    monkeypatch.setattr(rolling_up, "MOST_EVENTS", 9)
    await feed(store, [account_entry("crm/d", 11, parent="crm/b")])
    assert await told(store) == {B: {"people": 1, "recentOrders": 2}}


async def test_what_changes_nothing_is_not_told(store):
    await feed(store, [*BEGUN, event_entry("crm/p", 9, amount=2.5)])
    count = len(await store.outgoing(1_000))
    again = [event_entry("crm/p", 10, amount=9.0), person_entry("crm/p", "c1"), BEGUN[-1]]
    await feed(store, [*again, event_entry("erp/q", 11, "m9", amount=1.0)])
    assert len(await store.outgoing(1_000)) == count


@AT_LENGTH
@given(
    entries=worlds().flatmap(st.permutations),
    sizes=st.lists(st.integers(1, 4), min_size=1),
    ticks=st.lists(st.sampled_from([1, 30, 43, 44, 46, DAY + 43, DAY + 46]), max_size=4),
)
async def test_it_is_what_is_worked_out_at_every_instant(entries, sizes, ticks):
    store, waiting = MemoryAccountStore(ACCOUNT_ID), sorted(ticks)
    left = list(entries)
    while left:
        size = sizes[len(left) % len(sizes)]
        await feed(store, left[:size])
        await expect_told(store)
        left = left[size:]
        if waiting and len(left) % 2:
            await wake(store, waiting.pop(0))
            await expect_told(store)
    for at in waiting:
        await wake(store, at)
        await expect_told(store)


def test_notes_are_read_as_they_were_made():
    marks, scheduled = Marks(), []

    class Unit:
        def schedule(self, due, key):
            scheduled.append(Scheduled(due, key))

    marks.persons([KEY_A])
    marks.owned([KEY_C])
    marks.customers(["c1", ""])
    marks.records([KEY_B])
    marks.accounts(["", A])
    marks.schedule(Unit(), "s1")
    found = marked(scheduled)
    assert (found.persons, found.customers) == ({KEY_A}, {"c1"})
    assert (found.records, found.accounts, found.owned) == ({KEY_B}, {A}, {KEY_C})
    assert {one.due for one in scheduled} == {0}
    once = {one.key for one in scheduled}
    marks.schedule(Unit(), "s2")
    assert len({one.key for one in scheduled}) == 2 * len(once)


def test_another_roll_up_that_is_told_is_another_basis():
    model = CATALOG.accounts
    computed = {name: replace(one, live=False) for name, one in model.computed.items()}
    asked = replace(CATALOG, accounts=replace(model, computed=computed))
    assert not RollUpRules(asked).live
    assert basis_of(asked) != basis_of(CATALOG)


async def test_a_store_that_is_made_anew_tells_nothing_that_was_told(tmp_path):
    service, again = (
        build(AccountSettings(data=tmp_path / name), CATALOG, b"k" * 32, SEALER)
        for name in ("first", "again")
    )
    assert TICKS in service.topics
    log, store = MemoryLog(), service.open_store()
    worker = service.worker(log, store)
    said = [*BEGUN, event_entry("crm/p", 9, at=DAY, amount=2.5)]
    await log.append(
        [
            new_entry(one.topic, one.key, decode(one.topic, one.data), one.stamp, f"e{number}")
            for number, one in enumerate(said)
        ]
    )
    while await worker.step(0.01):
        pass
    await log.append([tick_entry(2 * DAY)])
    while await worker.step(0.01):
        pass
    await worker.close()
    digest, ends = await store.digest(), await log.ends([ACCOUNT_IDENTITIES])
    await store.close()
    anew = again.open_store()

    async def install() -> None:
        """The rebuilt store is looked at where it is."""

    assert await rebuild(again, log, anew, install) == 0
    assert await anew.digest() == digest
    assert await log.ends([ACCOUNT_IDENTITIES]) == ends
    await anew.close()
