"""A bucket fills with time, up to what it holds, and may be overdrawn."""

import pytest
from c360_gateway.budget.bucket import Bucket
from hypothesis import given
from hypothesis import strategies as st


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@given(st.integers(1, 20), st.integers(1, 50), st.integers(0, 100), st.integers(0, 100))
def test_time_in_which_it_is_full_counts_for_nothing(per_s, most, idle_s, spent):
    clock = Clock()
    bucket = Bucket(per_s, most, clock)
    clock.now_s += idle_s
    bucket.spend(spent)
    assert bucket.level == most - spent
    assert bucket.is_full == (spent == 0)
    assert bucket.wait_s() == pytest.approx(max(0, spent - most) / per_s)


@given(st.integers(1, 20), st.integers(1, 50), st.integers(1, 100), st.integers(0, 100))
def test_whatever_looks_at_it_first_sees_what_time_has_brought(per_s, most, spent, waited_s):
    level = min(most, most - spent + waited_s * per_s)
    for look, expected in (
        (lambda one: one.level, level),
        (lambda one: one.is_full, level == most),
        (lambda one: one.wait_s(), max(0, -level / per_s)),
    ):
        clock = Clock()
        bucket = Bucket(per_s, most, clock)
        bucket.spend(spent)
        clock.now_s += waited_s
        assert look(bucket) == pytest.approx(expected)
