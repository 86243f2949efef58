"""What accounts come to: each event counts once, and all of it equals what is counted plainly."""

from dataclasses import replace

import pytest
from c360_account.domain.counting import CountedEvent
from c360_account.domain.reasons import of_events
from c360_account.domain.roll_ups import RollUpRules
from c360_account.store import rolling_up as rolling
from c360_account.store.answers import AccountTooLarge, Answers
from c360_account.store.rolling_up import RollingUp
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed
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
from c360_kernel.codec import decode
from c360_kernel.log.topics import EVENTS, IDENTITIES, PROFILES
from c360_kernel.record import RecordKey
from hypothesis import given, settings

DAY = 86_400_000
NOW = 2 * DAY
RULES = RollUpRules(CATALOG)
A, B = (ACCOUNT_ID(RecordKey("crm", key)) for key in "ab")
_ALL = [RecordKey.parse(one) for one in ("crm/a", "crm/b", "crm/c", "erp/a", "erp/b")]


async def filled(entries):
    store = MemoryAccountStore(ACCOUNT_ID)
    await feed(store, entries)
    return store


async def roll_ups(store, account=A, now=NOW):
    return await RollingUp(store, Answers(store), RULES, now).of(account)


def latest(entries, topic, of):
    """The payload of the greatest version by whom it is about."""
    payloads = [decode(topic, one.data) for one in entries if one.topic == topic]
    return {of(one): one for one in sorted(payloads, key=lambda one: one.version)}


def first_events(entries):
    """Of each name the event that was stamped first."""
    told = [one for one in entries if one.topic == EVENTS]
    payloads = [
        decode(EVENTS, one.data) for one in sorted(told, key=lambda one: -int(one.stamp, 16))
    ]
    return {(one.record.source, one.message_id): one for one in payloads}.values()


async def plainly(store, entries, now):
    """For which account each event counts, and who is a member where, read from all of it."""
    accounts, links = await store.accounts_of(_ALL), await store.links_between(_ALL, ())
    customers = {
        key: one.customer
        for key, one in latest(entries, IDENTITIES, lambda one: one.record).items()
        if one.customer
    }
    carried = await store.identifiers_of(_ALL)
    oldest_first = [
        one.key
        for one in sorted(
            (one for of in (await store.records_of(accounts.values())).values() for one in of),
            key=lambda one: (one.age, one.key),
        )
    ]

    def holds(said, at):
        return said.valid_from <= at and not 0 < said.valid_to <= at

    def named(event):
        company, site = event.properties.get("company"), event.properties.get("site")
        if event.name == "order" and company:
            by = [
                key for key in oldest_first if any(i.value == company for i in carried.get(key, ()))
            ]
            return accounts[by[0]] if by else None
        return accounts.get(RecordKey(event.record.source, site)) if site else ""

    def linked(event):
        own = [
            one
            for one in links
            if customers.get(one.said.person) == customers[event.record]
            and one.said.account in accounts
            and one.said.kind != "owner"
            and holds(one.said, event.occurred_at)
        ]
        main = [one for one in own if one.said.primary]
        if main:
            last = max(main, key=lambda one: (one.said.observed_at, one.stamp, one.said.link))
            return accounts[last.said.account]
        there = {accounts[one.said.account] for one in own}
        return there.pop() if len(there) == 1 else None

    counted = [
        (linked(one) if (by := named(one)) == "" else by, one)
        for one in first_events(entries)
        if one.record in customers
    ]
    members = await Answers(store).members(set(accounts.values()))
    there = {
        id_: {one.customer for one in of if holds(one.said, now) and one.said.kind != "owner"}
        for id_, of in members.items()
    }
    return counted, there


@settings(max_examples=200, deadline=None)
@given(entries=worlds())
async def test_what_accounts_come_to_is_what_is_counted_plainly(entries):
    store, now = await filled(entries), 44
    counted, there = await plainly(store, entries, now)
    traits = latest(entries, PROFILES, lambda one: one.customer)
    for id_ in await store.page("", 100):
        below = await Answers(store).subtree(id_)
        own = [one for account, one in counted if account == id_]
        orders = [one for account, one in counted if account in below and one.name == "order"]
        active = [
            one.traits["spent"]
            for customer in {one for account in below for one in there[account]}
            if (one := traits.get(customer)) is not None and one.traits.get("stage") == "active"
        ]
        expected = {
            "people": len(there[id_]) or None,
            "bestSpent": max(active, default=None),
            "recentOrders": sum(one.name == "order" for one in own) or None,
            "lastSeen": max((one.occurred_at for one in own), default=None),
        }
        found = dict(await roll_ups(store, id_, now))
        assert found.pop("revenue", 0) == pytest.approx(
            sum(one.properties["amount"] for one in orders)
        )
        assert found == {name: one for name, one in expected.items() if one is not None}


@settings(max_examples=100, deadline=None)
@given(entries=worlds())
async def test_no_two_accounts_count_one_event(entries):
    store = await filled(entries)
    found = [await roll_ups(store, id_, 44) for id_ in await store.page("", 100)]
    orders = [one for one in first_events(entries) if one.name == "order"]
    assert sum(one.get("recentOrders", 0) for one in found) <= len(orders)


ACCOUNTS = [
    account_entry("crm/a", 1, {"number": "N-1001"}),
    account_entry("crm/b", 2, {"number": "N-1002"}, parent="crm/a"),
    person_entry("crm/p", "c1"),
    person_entry("erp/q", "c2"),
]


async def counts(entries, **said):
    store = await filled([*ACCOUNTS, *entries, event_entry("crm/p", 9, at=NOW - 5, **said)])
    found = {id_: (await roll_ups(store, id_)).get("recentOrders", 0) for id_ in (A, B)}
    return {id_: number for id_, number in found.items() if number}


IN_A = link_entry("crm/l1", 3, "crm/p", "crm/a")
IN_B = link_entry("crm/l2", 4, "crm/p", "crm/b")


async def test_an_event_counts_where_the_only_link_says():
    assert await counts([IN_A]) == {A: 1}
    assert await counts([]) == {}


async def test_an_event_of_two_accounts_counts_for_none_unless_one_is_the_main_one():
    assert await counts([IN_A, IN_B]) == {}
    main = link_entry("crm/l2", 5, "crm/p", "crm/b", revision=2, primary=True)
    assert await counts([IN_A, IN_B, main]) == {B: 1}
    other = link_entry("crm/l1", 6, "crm/p", "crm/a", revision=2, primary=True)
    assert await counts([main, other]) == {A: 1}
    assert await counts([other, main]) == {A: 1}


async def test_an_event_counts_by_what_held_when_it_happened():
    left = link_entry("crm/l1", 3, "crm/p", "crm/a", valid_to=NOW - 4)
    came = link_entry("crm/l2", 4, "crm/p", "crm/b", valid_from=NOW - 4)
    assert await counts([left, came]) == {A: 1}


async def test_what_the_event_says_outranks_what_links_say():
    assert await counts([IN_A], company=" N-1002 ") == {B: 1}
    assert await counts([IN_A], company="N-9999") == {}
    assert await counts([IN_A], company="!!") == {}
    assert await counts([], company="N-1001") == {A: 1}


async def test_an_account_that_comes_later_has_what_was_said_of_it_before():
    store = await filled(
        [person_entry("crm/p", "c1"), event_entry("crm/p", 5, "m", "visit", site="a")]
    )
    await feed(store, [account_entry("crm/a", 9)])
    assert await roll_ups(store) == {"lastSeen": 5}


async def test_events_of_a_record_that_is_nobodys_count_for_no_account():
    store = await filled([*ACCOUNTS, event_entry("crm/p", 9, company="N-1001")])
    await feed(store, [person_entry("crm/p", "", 1)])
    assert await roll_ups(store) == {}


async def test_a_window_runs_out_though_nothing_happens():
    store = await filled([*ACCOUNTS, IN_A, event_entry("crm/p", 5, at=DAY)])
    assert (await roll_ups(store, now=2 * DAY - 1))["recentOrders"] == 1
    assert "recentOrders" not in await roll_ups(store, now=2 * DAY)


async def test_sums_are_of_what_is_below_too_and_members_count_once():
    both = [IN_A, IN_B, link_entry("erp/l3", 5, "erp/q", "crm/b", primary=True)]
    orders = [
        event_entry("erp/q", 6, amount=0.1),
        event_entry("erp/q", 7, "m2", amount=0.2),
        event_entry("crm/p", 8, "m3", amount=0.3, company="N-1001"),
    ]
    told = [
        profile_entry("c1", spent=9.0, stage="gone"),
        profile_entry("c2", spent=5, stage="active"),
    ]
    store = await filled([*ACCOUNTS, *both, *orders, *told])
    above, below = await roll_ups(store), await roll_ups(store, B)
    assert (above["people"], below["people"]) == (1, 2)
    assert (above["bestSpent"], below["bestSpent"]) == (5.0, 5.0)
    assert (above["revenue"], below["revenue"]) == (0.6, 0.1 + 0.2)


async def test_merging_persons_and_taking_it_back_gives_back_what_accounts_come_to():
    orders = [event_entry("crm/p", 6, amount=1.0), event_entry("erp/q", 7, amount=2.0)]
    store = await filled([*ACCOUNTS, IN_A, *orders])
    before = await roll_ups(store)
    assert before["revenue"] == 1.0
    await feed(store, [person_entry("erp/q", "c1", 1)])
    assert (await roll_ups(store))["revenue"] == 3.0
    await feed(store, [person_entry("erp/q", "c2", 2)])
    assert await roll_ups(store) == before


async def test_of_too_many_events_nothing_is_told_rather_than_a_part(monkeypatch):
    monkeypatch.setattr(rolling, "MOST_EVENTS", 1)
    orders = [event_entry("crm/p", stamp, f"m{stamp}") for stamp in (6, 7)]
    store = await filled([*ACCOUNTS, IN_A, *orders])
    with pytest.raises(AccountTooLarge):
        await roll_ups(store)


async def test_our_own_people_are_no_members_and_act_for_no_account():
    """Of somebody who looks after one account and works for another, orders are the other's."""
    store = await filled(
        [
            account_entry("crm/a", 1),
            account_entry("crm/b", 2),
            link_entry("crm/l1", 3, "crm/p", "crm/a", kind="owner", primary=True),
            link_entry("crm/l2", 4, "crm/p", "crm/b"),
            person_entry("crm/p", "c1"),
            event_entry("crm/p", DAY, amount=2.0),
            profile_entry("c1", spent=3.0, stage="active"),
        ]
    )
    assert await roll_ups(store, A) == {}
    assert (await roll_ups(store, B))["revenue"] == 2.0
    assert (await roll_ups(store, B))["people"] == 1


@settings(max_examples=100, deadline=None)
@given(entries=worlds())
async def test_what_is_told_to_count_comes_to_the_value_and_stays_until_it_changes(entries):
    store, now = await filled(entries), 44
    for id_ in await store.page("", 100):
        found = await roll_ups(store, id_, now)
        for name, one in CATALOG.accounts.computed.items():
            reason = await why(store, id_, name, now)
            if not one.is_of_members:
                come_to = RULES.of_events([name], reason.events, now)
            else:
                customers = {member.customer for member in reason.members}
                traits = await store.traits_of(customers)
                come_to = RULES.of_members([name], {c: traits.get(c, {}) for c in customers})
            assert come_to.get(name) == found.get(name)
            if reason.changes_at is not None:
                until = await why(store, id_, name, reason.changes_at - 1)
                assert (until.events, until.members) == (reason.events, reason.members)
                after = await why(store, id_, name, reason.changes_at)
                assert one.is_of_members or after.events != reason.events


@pytest.mark.parametrize(
    ("at", "changes_at"), [(DAY, None), (NOW, NOW + DAY), (4 * DAY, NOW + DAY)]
)
async def test_a_window_of_the_calendar_changes_at_its_end_if_anything_is_dated_since(
    at, changes_at
):
    """Clocks differ: what is dated tomorrow counts from tomorrow on, though nothing happens."""
    model = CATALOG.accounts
    today = replace(model.computed["recentOrders"].trait, last_ms=None, this="day")
    computed = {"recentOrders": replace(model.computed["recentOrders"], trait=today)}
    rules = RollUpRules(replace(CATALOG, accounts=replace(model, computed=computed)))
    event = CountedEvent(RecordKey("crm", "p"), "m1", "order", at, "s")
    reason = of_events(rules, "recentOrders", [event], NOW)
    assert reason.changes_at == changes_at
    assert list(reason.events) == ([event] if at == NOW else [])


async def why(store, account, name, now):
    return await RollingUp(store, Answers(store), RULES, now).why(account, name)
