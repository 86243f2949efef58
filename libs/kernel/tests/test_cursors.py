"""Sealed cursors: nobody reads one, makes one, or uses it elsewhere."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson
import pytest
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.testing.cursors import SEALER
from hypothesis import example, given
from hypothesis import strategies as st

OLD, NEW = b"the key of before", b"the key of today"
FIELD = "Customer.timeline"
PLACE = [1694817117000, "store", "store-00001217"]

places = st.lists(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=80), max_size=5
)


def sealer(current: bytes, *previous: bytes) -> CursorSealer:
    keys = {secret.hex(): secret for secret in (current, *previous)}
    return CursorSealer(SubgraphKeys(current.hex(), keys))


def raw(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def refusal(opener: CursorSealer, cursor: str, field: str = FIELD) -> str:
    with pytest.raises(CursorInvalid) as refused:
        opener.open(field, cursor)
    return refused.value.code + refused.value.message


@given(places)
def test_a_cursor_gives_back_its_place_and_nothing_of_it_is_seen(place):
    cursor = SEALER.seal(FIELD, place)
    assert SEALER.open(FIELD, cursor) == place
    assert SEALER.seal(FIELD, place) == cursor
    output = raw(cursor)
    for part in place:
        if isinstance(part, str) and len(part) > 4:
            assert part.encode() not in output


@given(st.text("abc-123", max_size=30), st.text("xyz_987", max_size=30))
def test_cursors_of_ordinary_places_have_one_length(one, other):
    lengths = {len(SEALER.seal(FIELD, [1694817117000, "crm", m])) for m in (one, other)}
    assert len(lengths) == 1


@given(st.integers(0, 1_000))
@example(58)
@example(120)
def test_a_longer_place_tells_no_more_than_a_power_of_two(letters):
    size = len(raw(SEALER.seal(FIELD, ["x" * letters]))) - 17
    assert size % 62 == 0
    assert (size // 62).bit_count() == 1
    assert size == 62 or size < 2 * (letters + 4)


def test_a_page_begins_where_its_cursor_says_or_at_the_start():
    assert SEALER.read(FIELD, SEALER.seal(FIELD, PLACE), lambda *parts: parts) == tuple(PLACE)
    assert SEALER.read(FIELD, None, lambda *parts: parts) is None
    with pytest.raises(CursorInvalid):
        SEALER.read(FIELD, "", lambda *parts: parts)


@given(places, st.data())
def test_whatever_is_changed_or_cut_is_refused_in_the_same_words(place, data):
    sealed = raw(SEALER.seal(FIELD, place))
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    expected = refusal(SEALER, "nonsense")
    assert refusal(SEALER, text(bytes(changed))) == expected
    assert refusal(SEALER, text(sealed[:at])) == expected
    assert refusal(SEALER, text(sealed + b"\0")) == expected


@pytest.mark.parametrize("forged", ["", "=", "é", "\ud800", "e30=", "A" * 100_000, "\0", " "])
def test_what_is_no_cursor_is_refused(forged):
    assert refusal(SEALER, forged) == refusal(SEALER, "nonsense")


def test_a_place_in_clear_is_refused():
    assert refusal(SEALER, text(orjson.dumps(PLACE))) == refusal(SEALER, "nonsense")


@given(places)
def test_a_cursor_of_another_field_or_order_is_refused(place):
    cursor = SEALER.seal("Query.customers", place)
    for other in (FIELD, "Query.customers phone ASC", "Segment.members", ""):
        assert refusal(SEALER, cursor, other) == refusal(SEALER, "nonsense")


def test_a_cursor_has_one_spelling():
    cursor = SEALER.seal(FIELD, PLACE)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in letters:
        if last != cursor[-1]:
            refusal(SEALER, cursor[:-1] + last)
    for spelling in (f"{cursor}=", f"{cursor}==", f"{cursor}\n", f" {cursor}"):
        refusal(SEALER, spelling)


def test_a_page_goes_on_through_a_rotation():
    before, during, after = sealer(OLD), sealer(NEW, OLD), sealer(NEW)
    waiting = sealer(OLD, NEW)
    made_before, made_during = before.seal(FIELD, PLACE), during.seal(FIELD, PLACE)
    assert made_before != made_during
    assert during.open(FIELD, made_before) == waiting.open(FIELD, made_during) == PLACE
    assert after.open(FIELD, made_during) == PLACE
    assert refusal(after, made_before) == refusal(after, "nonsense")
