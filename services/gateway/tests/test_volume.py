"""How many different customers a principal is told of, in an hour and in a day."""

import pytest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.budget.volume import VOLUME_LIMITED, Volumes
from c360_policy.rows.model import Volume
from hypothesis import given
from hypothesis import strategies as st

HOUR_S = 3_600.0
ASKED = st.lists(st.tuples(st.integers(0, 7_200), st.sets(st.integers(0, 12), max_size=6)))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_customer_counts_once_and_who_is_refused_counts_nobody():
    clock = Clock()
    volumes = Volumes(clock)
    volume = Volume(per_hour=3, per_day=4)
    volumes.count("ann", volume, {"a", "b"})
    volumes.count("ann", volume, {"a", "b"})
    with pytest.raises(RateLimited) as limited:
        volumes.count("ann", volume, {"a", "c", "d"})
    assert (limited.value.code, limited.value.retry_after_s) == (VOLUME_LIMITED, HOUR_S)
    volumes.count("ann", volume, {"c"})
    volumes.count("bob", volume, {"x", "y", "z"})
    clock.now = HOUR_S
    volumes.count("ann", volume, {"d"})
    with pytest.raises(RateLimited) as limited:
        volumes.count("ann", volume, {"e"})
    assert limited.value.retry_after_s == 23 * HOUR_S
    clock.now = 24 * HOUR_S
    volumes.count("ann", volume, {"e"})


def test_without_a_bound_nothing_is_counted():
    volumes = Volumes()
    for number in range(100):
        volumes.count("ann", Volume(), {str(number)})


@given(ASKED)
def test_no_window_holds_more_than_its_bound(calls):
    clock, collected = Clock(), []
    volumes = Volumes(clock)
    for wait_s, customers in calls:
        clock.now += wait_s
        try:
            volumes.count("ann", Volume(per_hour=5), {str(one) for one in customers})
        except RateLimited as limited:
            assert 0 < limited.retry_after_s <= HOUR_S
        else:
            collected.append((clock.now, customers))
    for at, _ in collected:
        # A window begins when somebody is told of first, so two meet at most in any hour.
        within = [one for when, one in collected if at <= when < at + HOUR_S]
        assert len(set().union(*within)) <= 10
