"""Text that looks equal is equal, and what a script or an emoji needs stays."""

from __future__ import annotations

import unicodedata

import pytest
from c360_kernel.catalog.text import clean, unified
from hypothesis import example, given
from hypothesis import strategies as st

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u200e\u2066\u180e\u3164\uffa0"
words = st.text(st.sampled_from("abcXYZ019-_.@ "), min_size=1, max_size=12)


@example("a", [(1, "\u180e"), (1, "\u200c"), (1, "\u180e")])
@given(words, st.lists(st.tuples(st.integers(0, 12), st.sampled_from(INVISIBLE)), max_size=5))
def test_what_nobody_sees_changes_nothing(word: str, marks: list[tuple[int, str]]) -> None:
    spelled = word
    for place, mark in marks:
        spelled = spelled[:place] + mark + spelled[place:]
    assert clean(spelled) == clean(word)


@given(st.text(max_size=20))
def test_the_one_form_is_composed_and_stays_as_it_is(text: str) -> None:
    once = unified(text)
    assert unified(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "M")), max_size=12))
def test_either_way_of_writing_an_accent_is_one(text: str) -> None:
    assert clean(unicodedata.normalize("NFD", text)) == clean(unicodedata.normalize("NFC", text))


@given(words)
def test_full_width_letters_and_digits_are_letters_and_digits(word: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in word)
    assert clean(wide) == clean(word)


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "👩🏽\u200d💻",
        "❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "क्\u200dष",
        "می\u200cخواهم",
        "（株）山田",
        "北京市，海淀区",
        "ﬁ²½㎏",
        "Straße",
    ],
)
def test_what_is_seen_or_needed_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ｶﾞｷﾞ", "ガギ"),
        ("张\u3000三", "张 三"),
        ("\u200b", ""),
        (" \ufeffone@example.com\u200b", "one@example.com"),
        ("user\u200d77", "user77"),
    ],
)
def test_spellings(text: str, expected: str) -> None:
    assert clean(text) == expected
