"""Digits that are somebody's: identity cards by their checksum, bank cards by Luhn's, mobiles.

Groups of digits with a separator or two between them are one number, also digit by digit. A number
begins and ends where no digit is beside it, whatever letter of whatever language is: `\\b` is no
boundary between a digit and a Chinese character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from c360_kernel.catalog.normalizers.national_id import is_chinese_id, normalize_national_id

_SEPARATOR = r"[ \t\-.·•_/()+|,~\u2010-\u2015\u2212\u30fb]"
_RUN = re.compile(rf"[0-9](?:{_SEPARATOR}{{0,3}}[0-9])*(?:{_SEPARATOR}{{0,3}}[xX])?")
_GROUP = re.compile(r"[0-9]+[xX]?|[xX]")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
_LONGEST = 19
_OLD_ID = 15
_CARD_GROUPS = re.compile(r"(?:4 )+[1-4]|4 6 [45]|6 1[0-3]|(?:1 ?)+")
_SHORT_CARDS = {13: "4", 14: "3", 15: "3"}
"""First digits of cards that are shorter than most: of others, one number in ten would do."""
_LONG_CARDS = range(16, 20)


class Span(NamedTuple):
    """A part of a text, from its first character to the one after its last."""

    start: int
    end: int


def numbers_in(text: str) -> Iterator[Span]:
    """Every number of somebody's in a text whose digits are those of ASCII."""
    for run in _RUN.finditer(text):
        yield from _of_run(text, run.start(), run.end())


def _of_run(text: str, start: int, end: int) -> Iterator[Span]:
    groups = [Span(*one.span()) for one in _GROUP.finditer(text, start, end)]
    at = 0
    while at < len(groups):
        found = _longest(text, groups, at)
        if found is None:
            at += 1
        else:
            yield Span(groups[at].start, groups[found].end)
            at = found + 1


def _longest(text: str, groups: Sequence[Span], first: int) -> int | None:
    """The last group of the longest number that begins with the first one."""
    parts: list[str] = []
    found = None
    for last in range(first, len(groups)):
        parts.append(text[slice(*groups[last])].upper())
        if sum(map(len, parts)) > _LONGEST:
            break
        if _is_somebodys(parts):
            found = last
    return found


def _is_somebodys(parts: Sequence[str]) -> bool:
    number = "".join(parts)
    return _is_id(number) or _MOBILE.fullmatch(number) is not None or _is_card(number, parts)


def _is_id(number: str) -> bool:
    if is_chinese_id(number):
        return True
    # Of before 1999: a date, and no checksum.
    return len(number) == _OLD_ID and len(normalize_national_id(number, "CN") or "") > _OLD_ID


def _is_card(number: str, parts: Sequence[str]) -> bool:
    is_long = len(number) in _LONG_CARDS and number[0] != "0"
    is_short = number[0] == _SHORT_CARDS.get(len(number))
    if not (number.isdigit() and (is_long or is_short)) or number.count(number[0]) == len(number):
        return False
    groups = " ".join(str(len(part)) for part in parts)
    return (len(parts) == 1 or _CARD_GROUPS.fullmatch(groups) is not None) and has_luhn(number)


def has_luhn(number: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(map(int, number[-1::-2]))) % 10 == 0
