"""Numbers are read as they are written, or not at all."""

from __future__ import annotations

from collections import Counter

import pytest
from c360_mapping.mapping import parse_mapping
from c360_mapping.numbers import NumberStyle, to_float, to_int
from c360_mapping.refusals import MappingInvalid
from hypothesis import given, settings
from hypothesis import strategies as st

SIGNS = st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u00a0")])


def grouped(digits: str, sign: str, sizes: tuple[int, ...] = (3,)) -> str:
    groups: list[str] = []
    while digits:
        size = sizes[min(len(groups), len(sizes) - 1)]
        digits, group = digits[:-size], digits[-size:]
        groups.insert(0, group)
    return sign.join(groups)


@settings(max_examples=50)
@given(SIGNS, st.integers(0, 10**15), st.integers(0, 99), st.sampled_from(["", "-", "+"]))
def test_groups_of_three_are_the_number(
    signs: tuple[str, str], whole: int, hundredths: int, sign: str
) -> None:
    decimal, thousands = signs
    style = NumberStyle(decimal, thousands)
    written = f"{sign}{grouped(str(whole), thousands)}"
    number = -whole if sign == "-" else whole
    assert to_int(style)(written) == number
    exact = float(f"{sign}{whole}.{hundredths:02}")
    assert to_float(style)(f"{written}{decimal}{hundredths:02}") == exact
    assert to_float(style)(f"{sign}{whole}{decimal}{hundredths:02}") == exact


@settings(max_examples=50)
@given(SIGNS, st.integers(1000, 10**9), st.data())
def test_a_sign_anywhere_else_is_refused(
    signs: tuple[str, str], whole: int, data: st.DataObject
) -> None:
    style = NumberStyle(*signs)
    right = grouped(str(whole), signs[1])
    place = data.draw(st.integers(0, len(right)))
    for written in (right[:place] + signs[1] + right[place:], f"{signs[1]}{whole}"):
        for convert in (to_int(style), to_float(style)):
            with pytest.raises(ValueError, match=r"sign|not a number"):
                convert(written)


@settings(max_examples=50)
@given(SIGNS, st.integers(1, 999), st.text("0123456789", min_size=1, max_size=6))
def test_a_decimal_number_of_elsewhere_is_refused_unless_it_looks_like_a_group(
    signs: tuple[str, str], whole: int, fraction: str
) -> None:
    decimal, thousands = signs
    style = NumberStyle(decimal, thousands)
    if len(fraction) != 3:
        with pytest.raises(ValueError, match="sign"):
            to_float(style)(f"{whole}{thousands}{fraction}")
    with pytest.raises(ValueError, match="sign"):
        to_float(style)(f"0{thousands}{fraction}")


@pytest.mark.parametrize(
    ("sizes", "written", "number"),
    [
        ((3, 2), "12,34,567", 1_234_567),
        ((3, 2), "1,234", 1234),
        ((4,), "123,4567", 1_234_567),
        ((4,), "1,2345,6789", 123_456_789),
    ],
)
def test_groups_of_other_countries_are_stated(
    sizes: tuple[int, ...], written: str, number: int
) -> None:
    assert to_int(NumberStyle(".", ",", sizes))(written) == number
    if sizes != (3,) and written != "1,234":
        with pytest.raises(ValueError, match="sign"):
            to_int(NumberStyle(".", ","))(written)


@pytest.mark.parametrize(
    "written", ["1.2.3", "12,5", "1_000", "nan", "inf", "", ".", "1e5x", "½", "12²", "0x10", "1 2"]
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        to_float(NumberStyle())(written)


def test_a_point_between_thousands_leaves_the_comma_for_decimals() -> None:
    for kind in ("int", "float"):
        parse_mapping(
            "format: csv\nkind: records\nkey: id\n"
            f"traits:\n  a: {{column: a, type: {kind}, thousands: '.'}}\n"
        )


def test_controls_hold() -> None:
    assert to_float(NumberStyle(",", "."))("2.345,60") == 2345.6
    assert to_float(NumberStyle())(".5") == 0.5
    assert to_float(NumberStyle())("1.5E+3") == 1500
    assert to_int(NumberStyle(",", " "))("1\u202f200") == 1200


def test_a_whole_number_has_64_bits() -> None:
    assert to_int(NumberStyle())(str(2**63 - 1)) == 2**63 - 1
    with pytest.raises(ValueError, match="64 bits"):
        to_int(NumberStyle())(str(2**63))


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("decimal: ',', thousands: ','", "the same sign"),
        ("decimal: '.', thousands: '.'", "the same sign"),
        ("thousands: '..'", "must be one sign"),
        ("thousands: '1'", "must be one sign"),
        ("grouping: 4", "needs thousands"),
        ("thousands: ',', grouping: 0", "sizes of groups"),
    ],
)
def test_a_style_that_cannot_be_is_refused(style: str, expected: str) -> None:
    with pytest.raises(MappingInvalid, match=expected):
        parse_mapping(
            "format: csv\nkind: records\nkey: id\n"
            f"traits:\n  a: {{column: a, type: float, {style}}}\n"
        )


def test_a_mapping_states_its_grouping() -> None:
    mapping = parse_mapping(
        "format: csv\nkind: records\nkey: id\n"
        "traits:\n  a: {column: a, type: int, thousands: ',', grouping: [3, 2]}\n"
    )
    assert mapping.contents["a"].value({"a": "12,34,567"}, Counter()) == 1_234_567
