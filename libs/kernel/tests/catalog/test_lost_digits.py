"""A number that lost its digits is no identifier of any type; what only looks so still is."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.lost_digits import _is_shortened, has_lost_digits
from c360_kernel.catalog.normalizers import Normalizers, Refusal
from c360_kernel.record import Identifier
from hypothesis import given
from hypothesis import strategies as st

CATALOG = default_catalog()
NORMALIZERS = Normalizers(CATALOG)
WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789Ee+-."}
numbers = st.integers(10**9, 10**19 - 1)


@st.composite
def scientific(draw: st.DrawFn) -> str:
    """A whole number as spreadsheets, locales and programs shorten it."""
    number = draw(numbers)
    digits = draw(st.integers(1, 9))
    mantissa, exponent = f"{number:.{digits}E}".split("E")
    mark = draw(st.sampled_from((".", ",")))
    e = draw(st.sampled_from(("E", "e", " E ", "x10^", "×10^", "*10^", " × 10")))
    sign = draw(st.sampled_from(("+", "", "+0")))
    text = f"{mantissa.replace('.', mark)}{e}{sign}{int(exponent)}"
    return text.translate(WIDE) if draw(st.booleans()) else text


@given(scientific())
def test_scientific_notation_is_no_identifier_of_any_type(text: str) -> None:
    assert has_lost_digits(text)
    for type_ in CATALOG.identifiers:
        found = NORMALIZERS.judge(Identifier(type_, text), "CN")
        assert isinstance(found, Refusal), (type_, found)


@given(numbers, st.sampled_from((".0", ".00", ",0", ".000")))
def test_what_was_a_float_is_no_identifier_of_any_type(number: int, tail: str) -> None:
    for type_ in CATALOG.identifiers:
        found = NORMALIZERS.judge(Identifier(type_, f"{number}{tail}"), "CN")
        assert isinstance(found, Refusal), (type_, found)


@pytest.mark.parametrize(
    ("type_", "whole"),
    [
        ("passport", "DE:{}"),
        ("member_card", "DE : {}"),
        ("openid", "wx1:{}"),
        ("openid", "wx1\uff1a{}"),
        ("email", "{}@qq.com"),
    ],
)
@given(text=scientific())
def test_a_part_that_lost_its_digits_is_no_part_of_an_identifier(
    type_: str, whole: str, text: str
) -> None:
    found = NORMALIZERS.judge(Identifier(type_, whole.format(text)), "CN")
    assert isinstance(found, Refusal), (whole, found)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("passport", "DE:8E20099"),
        ("openid", "wx1:o5E3"),
        ("email", "ann.5e3@example.com"),
        ("email", "v1.0@example.com"),
        ("email", "8e20099@example.com"),
    ],
)
def test_a_part_that_only_looks_so_is_left_alone(type_: str, value: str) -> None:
    assert isinstance(NORMALIZERS.judge(Identifier(type_, value), "CN"), Identifier)


@given(scientific() | st.text("+-(01 .,'=eEdDxX*^a@:\u00d7\uff10", max_size=12))
def test_the_short_ways_say_what_the_long_one_does(text: str) -> None:
    assert has_lost_digits(text) == _is_shortened(text)


@given(st.integers(0, 10**12))
def test_a_whole_number_has_lost_nothing(number: int) -> None:
    assert not has_lost_digits(str(number))


@pytest.mark.parametrize(
    "text",
    [
        "8E20099",
        "8E2-0099",
        "7E5-1234",
        "139 0000-1122",
        "(0)139.0000.1122",
        "DE:C01X00T47",
        "G1234567",
        "10.0.0.1",
        "1.2.0",
        "ann@example.com",
        "440301E17",
    ],
)
def test_what_only_looks_so_is_left_alone(text: str) -> None:
    assert not has_lost_digits(text)
