"""Marks of spreadsheets come off; apostrophes of words stay."""

from __future__ import annotations

import pytest
from c360_mapping.text_marks import without_text_mark
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=50)
@given(st.text(min_size=1).map(str.strip))
def test_a_formula_of_a_text_is_the_text(text: str) -> None:
    doubled = text.replace('"', '""')
    assert without_text_mark(f'="{doubled}"') == text


@settings(max_examples=50)
@given(st.from_regex(r"[0-9]{2,20}([ -][0-9]{1,4})?", fullmatch=True))
def test_an_apostrophe_before_a_number_is_a_mark(digits: str) -> None:
    assert without_text_mark(f"'{digits}") == digits
    assert without_text_mark(digits) == digits


@pytest.mark.parametrize(
    "text",
    ["'t Hooft", "'s-Hertogenbosch", "O'Neil", "'90s kids", "'", "''", "=1+1", '="a"b"'],
)
def test_other_text_stays(text: str) -> None:
    assert without_text_mark(text) == text


@pytest.mark.parametrize(
    ("text", "bare"), [("'=a", "=a"), ("'+86 138", "+86 138"), ("'00A1", "00A1"), ('=""', "")]
)
def test_guards_and_codes(text: str, bare: str) -> None:
    assert without_text_mark(text) == bare
