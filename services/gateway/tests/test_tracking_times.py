"""When a call happened: by the collector's clock, whatever the sender's clock shows."""

import zlib

import pytest
from c360_gateway.doors.tracking.bodies import MOST_BYTES, object_in
from c360_gateway.doors.tracking.times import AS_SENT_MS, LONGEST_MS, happened_at
from c360_kernel.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_767_225_600_000
"""1 January 2026, 00:00:00 UTC."""
HOUR = 3_600_000


@given(
    off=st.integers(-30 * 24 * HOUR, 30 * 24 * HOUR).filter(lambda ms: abs(ms) > AS_SENT_MS),
    waited=st.integers(0, LONGEST_MS),
)
def test_a_wrong_clock_changes_nothing_of_how_long_ago_it_was(off, waited):
    call = {"timestamp": NOW + off - waited, "sentAt": NOW + off}
    assert happened_at(call, None, NOW) == NOW - waited


def test_a_clock_that_is_right_is_taken_as_it_is_also_when_it_is_sent_again():
    call = {"timestamp": NOW - HOUR, "sentAt": NOW - AS_SENT_MS}
    assert happened_at(call, None, NOW) == NOW - HOUR


def test_what_its_batch_says_counts_where_the_call_says_nothing():
    assert happened_at({"timestamp": NOW}, NOW + HOUR, NOW) == NOW - HOUR
    assert happened_at({"timestamp": NOW}, None, NOW) == NOW
    assert happened_at({}, NOW + HOUR, NOW) == NOW


def test_nothing_happened_after_it_came_and_nothing_is_made_of_absurd_spans():
    later = {"timestamp": NOW + 2 * HOUR, "sentAt": NOW + HOUR}
    assert happened_at(later, None, NOW) == NOW
    long_ago = {"timestamp": NOW - LONGEST_MS, "sentAt": NOW + HOUR}
    assert happened_at(long_ago, None, NOW) == NOW - LONGEST_MS


def test_what_is_no_time_is_left_to_be_refused():
    assert happened_at({"timestamp": "yesterday"}, NOW, NOW) == "yesterday"
    assert happened_at({"timestamp": NOW - HOUR, "sentAt": "later"}, None, NOW) == NOW - HOUR


def _packed(text: bytes) -> bytes:
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return packing.compress(text) + packing.flush()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_packed(b'{"a": 1}') + _packed(b'{"b": 2}'), "BODY_INVALID"),
        (_packed(b'{"a": 1}') + b"more", "BODY_INVALID"),
        (_packed(b'{"a": 1}')[:-1], "BODY_INVALID"),
        (_packed(b" " * (MOST_BYTES + 1)), "BODY_TOO_LARGE"),
    ],
    ids=["two at once", "something after it", "no end", "a bomb"],
)
def test_a_packed_body_is_one_whole_thing(body, code):
    with pytest.raises(Invalid) as refused:
        object_in(body)
    assert refused.value.code == code
