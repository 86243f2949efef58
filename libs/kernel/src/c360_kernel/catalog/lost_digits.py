"""Numbers whose digits a spreadsheet or a float has lost: they identify nobody.

`4.40301E+17` stands for a million numbers, and `13812340001.0` was a float once, whose last digits
may be made up. The text is looked at as it was written: without its punctuation it would look like
a card.
"""

from __future__ import annotations

import re
import unicodedata

_SIGN = r"[+\-\u2212\u2013]"
_GROUPS = r"\d[\d ,.'\u00a0\u202f\u2019]*"
_EXPONENT = r"\s*(?:[eEdD]|[x×*·]\s*10\s*(?:\^|\*\*)?)\s*"
# An exponent is told by a sign after the E or a decimal mark before it: 8E20099 is a card.
_SCIENTIFIC = re.compile(
    rf"{_SIGN}?(?:\d*[.,]\d*{_EXPONENT}{_SIGN}?\s*\d+|{_GROUPS}{_EXPONENT}{_SIGN}\s*\d+)"
)
_POWER = re.compile(rf"{_SIGN}?{_GROUPS}\s*[x×*·]\s*10\s*(?:\^|\*\*)?\s*{_SIGN}?\s*\d+")
_MARKS_OF_ONE = frozenset("eEdDx*.,")
_FLOAT = re.compile(rf"{_SIGN}?\d[\d ,'\u00a0\u202f\u2019]*\.0+|{_SIGN}?\d[\d .'\u00a0]*,0+")
_LEAST_EXACT = 5


def has_lost_digits(text: str) -> bool:
    """Whether a text is a number in scientific notation, or a whole number with `.0` behind it."""
    if text.isascii() and text.lstrip("+").isalnum() and "x" not in text:
        return False  # Without a mark and a sign only `4x1017` is one.
    if text.isascii() and (text[:1].isalpha() or _MARKS_OF_ONE.isdisjoint(text)):
        return False  # A number has no letter before it, and what lost digits has one of these.
    return _is_shortened(text)


def _is_shortened(text: str) -> bool:
    bare = unicodedata.normalize("NFKC", text).strip().strip("'\"=")
    if _SCIENTIFIC.fullmatch(bare) or _POWER.fullmatch(bare):
        return True
    return _FLOAT.fullmatch(bare) is not None
