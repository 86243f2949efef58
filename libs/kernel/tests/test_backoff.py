"""Pauses double up to the longest, are never exact, and begin anew after a success."""

from c360_kernel.backoff import Backoff
from hypothesis import given
from hypothesis import strategies as st


@given(first=st.floats(0.001, 1), factor=st.floats(1, 1_000), failures=st.integers(1, 30))
def test_pauses_double_up_to_the_longest(first, factor, failures):
    backoff = Backoff(first, first * factor)
    for failed in range(failures):
        full = min(first * 2**failed, first * factor)
        assert 0.75 * full * 0.999 <= backoff.pause_s() <= full * 1.001


def test_they_are_not_all_alike():
    assert len({Backoff(1, 1).pause_s() for _ in range(20)}) > 10


def test_a_success_begins_anew():
    backoff = Backoff(0.1, 10)
    for _ in range(5):
        backoff.pause_s()
    backoff.reset()
    assert backoff.pause_s() <= 0.1
