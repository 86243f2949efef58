"""What stands out, and what does not."""

from dataclasses import replace

import pytest
from c360_audit.domain.activity import HOUR_MS, Activity, Actor
from c360_audit.domain.anomalies import Terms, anomalies
from hypothesis import given
from hypothesis import strategies as st

AGENTS = ("support_agent",)
DAY = 24
NOW = 1_000 * DAY  # in hours
SINCE = NOW * HOUR_MS


def hours(who, roles=AGENTS, days=10, at=range(9, 17), **counted):
    """Somebody's working days before now, alike."""
    values = {"operations": 30, "customers": 12} | counted
    actor = Actor(who, roles)
    return [
        Activity(actor, NOW - DAY * day + hour, **values) for day in range(1, days) for hour in at
    ]


COMMON = [*hours("ann"), *hours("bob", customers=15), *hours("carl", operations=40)]


def now(who="eve", hour=10, roles=AGENTS, **counted):
    values = {"operations": 30, "customers": 12} | counted
    return Activity(Actor(who, roles), NOW + hour, **values)


def kinds(*recent, common=COMMON):
    return [(one.kind, one.principal) for one in anomalies([*common, *recent], SINCE)]


def test_a_common_day_does_not_stand_out():
    assert kinds(now(), now("ann", 16), now("bob", 9, customers=20, operations=45)) == []


def test_many_customers_in_an_hour_stand_out_of_the_same_roles():
    many = now(customers=400)
    assert kinds(many) == [("CUSTOMERS", "eve")]
    (found,) = anomalies([*COMMON, many], SINCE)
    assert (found.value, found.common, found.roles, found.at) == (
        400,
        12,
        AGENTS,
        many.hour * HOUR_MS,
    )
    importing = [*hours("job", ("connector",), customers=500)]
    assert kinds(now("other job", roles=("connector",), customers=510), common=importing) == []


def test_many_operations_stand_out():
    assert kinds(now(operations=2_000)) == [("VOLUME", "eve")]


def test_one_who_always_does_a_lot_does_not_hide_others_nor_is_hidden_by_own_hours():
    greedy = hours("eve", customers=400)
    found = kinds(
        now("eve", customers=400), now("mallory", customers=400), common=[*COMMON, *greedy]
    )
    assert found == [("CUSTOMERS", "eve"), ("CUSTOMERS", "mallory")]


def test_alone_in_a_role_one_is_held_against_own_other_hours():
    alone = hours("ann")
    assert kinds(now("ann", customers=400), common=alone) == [("CUSTOMERS", "ann")]
    assert kinds(now("ann", customers=14), common=alone) == []


def test_without_anything_to_hold_it_against_nothing_is_said():
    assert kinds(now(customers=10_000, operations=10_000), common=[]) == []


@pytest.mark.parametrize(("hour", "stands_out"), [(3, True), (23, True), (8, False), (17, False)])
def test_a_time_of_day_when_nobody_works_stands_out(hour, stands_out):
    assert kinds(now("ann", hour)) == [("HOURS", "ann")] * stands_out


def test_hours_count_once_there_are_days_enough():
    assert kinds(now("ann", 3), common=hours("ann", days=4)) == []


def test_a_day_of_refusals_stands_out_however_slowly_they_come():
    slow = [now("eve", hour, operations=2, customers=0, refused=2) for hour in range(9, 15)]
    assert kinds(*slow) == [("REFUSALS", "eve")]
    few = [replace(one, operations=20) for one in slow]
    assert kinds(*few) == []


def test_look_ups_that_find_nobody_stand_out():
    tried = now("eve", operations=30, customers=3, lookups=25, missed=22)
    assert kinds(tried) == [("ENUMERATION", "eve")]
    assert kinds(replace(tried, missed=5)) == []


def test_only_what_is_recent_is_told_newest_first():
    old = now("mallory", hour=-30, customers=999)
    found = anomalies(
        [*COMMON, old, now("eve", 9, customers=400), now("eve", 11, customers=400)], SINCE
    )
    assert [(one.principal, one.at // HOUR_MS - NOW) for one in found] == [("eve", 11), ("eve", 9)]


@given(
    st.lists(st.integers(0, 19), max_size=30),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_what_is_below_the_floor_never_stands_out(small, others):
    entries = [now(f"p{n}", hour=10, customers=one) for n, one in enumerate(others)]
    mine = [now("ann", hour=9, operations=n, customers=n) for n in small]
    found = anomalies([*entries, *mine], SINCE, Terms(days=10_000))
    assert [one for one in found if one.principal == "ann"] == []


@given(st.permutations([*COMMON[:12], now(customers=400), now("bob", 3), now("carl", 12)]))
def test_the_order_of_what_is_told_means_nothing(told):
    in_order = sorted(told, key=lambda one: (one.actor, one.hour))
    assert anomalies(told, SINCE) == anomalies(in_order, SINCE)


def test_whoever_does_most_of_what_a_role_does_is_held_against_the_others():
    mostly_own = [*hours("ann", days=2), *hours("eve", customers=400, days=20)]
    assert kinds(now("eve", customers=400), common=mostly_own) == [("CUSTOMERS", "eve")]
