"""A mask hides what it says, and what is left is valid for the scalar."""

import datetime as dt

import pytest
from c360_gateway.mask.apply import REDACTED, hash_key_for, mask_for
from c360_gateway.mask.spec import MaskSpec, openness, parse_mask
from hypothesis import given
from hypothesis import strategies as st

KEY = b"k" * 32
SCALARS = ("String", "ID", "Int", "Float", "Boolean", "Date", "DateTime", "SomeEnum")
specs = st.one_of(
    st.sampled_from([MaskSpec("null"), MaskSpec("redact"), MaskSpec("hash"), MaskSpec("year")]),
    st.builds(
        MaskSpec,
        st.just("partial"),
        st.integers(0, 6),
        st.integers(0, 6),
        st.integers(0, 6),
    ),
)


@given(specs)
def test_a_spec_reads_back_as_written(spec):
    assert parse_mask(str(spec)) == spec


@pytest.mark.parametrize("text", ["", "partial", "partial(1,2)", "partial(-1,2,3)", "NULL", "x"])
def test_another_text_is_no_mask(text):
    with pytest.raises(ValueError, match="a mask is"):
        parse_mask(text)


def test_a_chinese_mobile_number_keeps_its_ends():
    mask = mask_for(parse_mask("partial(3,4,4)"), "String", KEY)
    assert mask("13800138000") == "138****8000"


@given(st.text(), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_partial_always_hides_at_least_what_it_promises(value, left, right, hidden):
    shown = mask_for(MaskSpec("partial", left, right, hidden), "String", KEY)(value)
    if shown == REDACTED:
        return
    middle = shown[left : len(shown) - right]
    assert set(middle) == {"*"}
    assert len(middle) >= max(1, hidden)
    assert len(shown) == len(value)


@given(st.text(max_size=8))
def test_a_short_value_is_redacted_not_shown(value):
    assert mask_for(MaskSpec("partial", 4, 4, 1), "String", KEY)(value) == REDACTED


def test_hashes_are_keyed_equal_for_equal_values_and_different_per_tag():
    phone, email = (hash_key_for(KEY, frozenset({tag}), "") for tag in ("phone", "email"))
    by_phone = mask_for(MaskSpec("hash"), "String", phone)
    by_email = mask_for(MaskSpec("hash"), "String", email)
    assert by_phone("x") == by_phone("x") != by_phone("y")
    assert by_phone("x") != by_email("x")
    assert len(bytes.fromhex(by_phone("x"))) * 8 >= 96


@given(st.dates())
def test_a_date_keeps_its_year_and_stays_a_date(day):
    shown = mask_for(MaskSpec("year"), "Date", KEY)(day.isoformat())
    assert dt.date.fromisoformat(shown) == dt.date(day.year, 1, 1)


def test_a_date_time_keeps_its_year_and_stays_one():
    shown = mask_for(MaskSpec("year"), "DateTime", KEY)("1990-07-21T10:00:00.000Z")
    assert dt.datetime.fromisoformat(shown) == dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", ["July", "", None, 5])
def test_what_is_no_date_has_no_year(value):
    assert mask_for(MaskSpec("year"), "Date", KEY)(value) is None
    assert mask_for(MaskSpec("year"), "String", KEY)(value) == REDACTED


@given(specs, st.sampled_from(SCALARS))
def test_what_has_no_valid_stand_in_has_no_mask(spec, scalar):
    mask = mask_for(spec, scalar, KEY)
    if scalar in ("Int", "Float", "Boolean", "SomeEnum") or spec.kind == "null":
        assert mask is None
    if scalar == "Date" and spec.kind != "year":
        assert mask is None


def test_masks_are_ordered_from_open_to_closed():
    order = ["partial(4,4,1)", "partial(3,4,4)", "partial(0,4,4)", "year", "hash", "redact", "null"]
    assert sorted(map(parse_mask, reversed(order)), key=openness) == list(map(parse_mask, order))
