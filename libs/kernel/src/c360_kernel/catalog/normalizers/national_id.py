"""Numbers of identity papers."""

from __future__ import annotations

import re
from operator import mul

_CHINESE = re.compile(r"[1-9][0-9]{5}((?:18|19|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_CHINESE_LENGTH = 18
_OLD_LENGTH = 15
_SHORTEST, _LONGEST = 5, 32


def normalize_national_id(text: str, region: str) -> str | None:
    """Letters in upper case and digits, nothing else.

    In a Chinese source 18 characters are a resident identity number, whose
    date and check digit (GB 11643-1999, ISO 7064 MOD 11-2) must hold; 15 digits
    with a date are one of before 1999, written as its 18 characters.
    """
    bare = alphanumeric(text)
    if region == "CN" and (longer := _of_eighteen(bare)):
        return longer
    if region == "CN" and len(bare) == _CHINESE_LENGTH and bare[:-1].isdigit():
        return bare if is_chinese_id(bare) else None
    return bare if _SHORTEST <= len(bare) <= _LONGEST and _has_digit(bare) else None


def _of_eighteen(bare: str) -> str | None:
    """A number of 15 digits as it was written anew: the century, and a check digit."""
    if len(bare) != _OLD_LENGTH or not (bare.isascii() and bare.isdigit()):
        return None
    number = f"{bare[:6]}19{bare[6:]}"
    longer = number + _check_digit(number)
    return longer if is_chinese_id(longer) else None


def _check_digit(number: str) -> str:
    # The bytes of ASCII digits, each of which is so much more than its digit.
    total = sum(map(mul, _WEIGHTS, number.encode())) - _ZEROS
    return _CHECKS[total % 11]


def is_chinese_id(text: str) -> bool:
    """Whether a text is a well-formed 18-character resident identity number."""
    found = _CHINESE.fullmatch(text)
    if not found or not (1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31):
        return False
    return _check_digit(text[:-1]) == text[-1]


def alphanumeric(text: str) -> str:
    """The letters, in upper case, and digits of a text."""
    upper = text.upper()
    return upper if upper.isalnum() else "".join(filter(str.isalnum, upper))


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
