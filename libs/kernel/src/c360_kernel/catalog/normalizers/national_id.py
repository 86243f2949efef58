"""Numbers of identity papers."""

from __future__ import annotations

import re

_CHINESE = re.compile(r"[1-9][0-9]{5}((?:18|19|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CHINESE_LENGTH = 18
_SHORTEST, _LONGEST = 5, 32


def normalize_national_id(text: str, region: str) -> str | None:
    """Letters in upper case and digits, nothing else.

    In a Chinese source 18 characters are a resident identity number, whose
    date and check digit (GB 11643-1999, ISO 7064 MOD 11-2) must hold.
    """
    bare = alphanumeric(text)
    if region == "CN" and len(bare) == _CHINESE_LENGTH and bare[:-1].isdigit():
        return bare if is_chinese_id(bare) else None
    return bare if _SHORTEST <= len(bare) <= _LONGEST and _has_digit(bare) else None


def is_chinese_id(text: str) -> bool:
    """Whether a text is a well-formed 18-character resident identity number."""
    found = _CHINESE.fullmatch(text)
    if not found or not (1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[-1]


def alphanumeric(text: str) -> str:
    """The letters, in upper case, and digits of a text."""
    return "".join(character for character in text.upper() if character.isalnum())


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
