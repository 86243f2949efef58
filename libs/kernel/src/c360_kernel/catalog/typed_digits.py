"""What a hand types to get past a field: runs, steps and blocks of digits or of one letter."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

_SHORTEST = 6
_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9]\d?([0-9])\1{7,8}")
_STEPPED = re.compile(r"(?:00)?(?:86)?(?:0?123456789|987654321)\d*")
# The rest of a long number is one digit, as in the numbers that payment systems test with.
_LONG_RUN = re.compile(r"\d*([1-9])\1{9,}\d*|\d*0{9,}[Xx]?")
_PREFIXED_RUN = re.compile(r"[a-z]{1,3}(\d)\1{6,}")
_ONE_LETTER = re.compile(r"([a-z])\1{3,}")
_ONE_SIGN = re.compile(r"(\w)\1{7,}")
_COUNTED, _BACK = "0123456789", "9876543210"
_UP, _DOWN = _COUNTED[1:], _BACK[:-1]
_FEWEST_SAME = 4
_MOST_SAME = 8
_SIGNS = "0123456789abcdef" * 3
_MARKS = dict.fromkeys(i for i in range(128) if not chr(i).isalnum())
_DEVICES = frozenset(("9774d56d682e549c", "deadbeef", "dead00beef", "004999010640000"))
"""Ids that many devices have, by a fault of their makers or of an emulator."""


def is_typed_in_place_of_one(text: str) -> bool:
    """Whether a text is what a hand types to get past a field, such as a run or a step of digits.

    Of six digits and more: `888888`, `987654321`, `123123`, `112233`; also behind a mobile's
    prefix, or as the rest of a long number. Of letters: one alone, four times and more.
    """
    bare = text.lstrip("+")
    signs = (bare if bare.isalnum() else _without_marks(bare)).lower()
    if signs.isdigit():
        return len(signs) >= _SHORTEST and _is_typed_number(signs)
    if signs in _DEVICES or _is_typed_text(signs):
        return True
    # What is no number has a letter, and that is the last sign of the one such run.
    return len(signs) >= _SHORTEST and signs[-1] == "x" and bool(_LONG_RUN.fullmatch(signs))


def _without_marks(text: str) -> str:
    if text.isascii():
        return text.translate(_MARKS)
    return "".join(filter(str.isalnum, text))


def _is_typed_number(digits: str) -> bool:
    if _is_monotone(digits) or _is_blocks(digits) or _is_stepped_in_runs(digits):
        return True
    # Each of the patterns holds what is looked for here; few numbers do.
    if (_UP in digits or _DOWN in digits) and _STEPPED.fullmatch(digits):
        return True
    # A run of eight is where each eighth place is.
    for digit in digits[_MOST_SAME - 1 :: _MOST_SAME]:
        if digit * _MOST_SAME in digits:
            return any(pattern.fullmatch(digits) for pattern in (_MOBILE, _LONG_RUN))
    return False


def _is_typed_text(signs: str) -> bool:
    # Each of the patterns ends in one sign, four times at least; few texts do.
    if signs[-_FEWEST_SAME:] == signs[-1:] * _FEWEST_SAME:
        patterns = (_PREFIXED_RUN, _ONE_LETTER, _ONE_SIGN)
        if any(pattern.fullmatch(signs) for pattern in patterns):
            return True
    return len(signs) >= 8 and signs in _SIGNS


def _is_monotone(digits: str) -> bool:
    """One digit all the time, or counted up or down, from 9 to 0 and on."""
    if not digits.isascii():
        digits = "".join(str(unicodedata.digit(digit)) for digit in digits)
    start, length = int(digits[0]), len(digits)
    step = (int(digits[1]) - start) % 10
    if step == 0:
        return digits == digits[0] * length
    if step == 1:
        return digits == (_COUNTED * (length // 10 + 2))[start : start + length]
    return step == 9 and digits == (_BACK * (length // 10 + 2))[9 - start : 9 - start + length]


def _is_blocks(digits: str) -> bool:
    """`121212`, `123412341234`; twice is enough where the block is a step itself: `123123`."""
    if digits not in (digits + digits)[1:-1]:
        return False  # It is no block several times over.
    for size in range(2, len(digits) // 2 + 1):
        times, rest = divmod(len(digits), size)
        block = digits[:size]
        if rest == 0 and block * times == digits:
            return (times >= 3 and size <= 4) or (size >= 3 and _is_monotone(block))
    return False


def _is_stepped_in_runs(digits: str) -> bool:
    """`112233`, `111222333`."""
    if digits[0] != digits[1] or digits[-2] != digits[-1]:
        return False
    runs = [(digit, len(list(run))) for digit, run in groupby(digits)]
    lengths = {length for _, length in runs}
    is_even = len(lengths) == 1 and lengths != {1} and len(runs) >= 3
    return is_even and "".join(digit for digit, _ in runs) in _COUNTED
