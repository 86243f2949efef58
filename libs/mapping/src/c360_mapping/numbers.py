"""Numbers as files write them, read without guessing: signs stand where they belong, or not at all.

Every converter raises `ValueError` on what it cannot take.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from c360_mapping.conversions import Convert
from c360_mapping.json_numbers import EXACT_FLOAT, JsonNumber

_INT64 = 2**63
_ALIKE = {" ": "\u00a0\u202f\u2009", "'": "\u2019", "\u2019": "'"}


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written: the decimal sign, and the sign between groups of digits (or none).

    `grouping` holds the sizes of the groups from the right, the last of them repeated: (3,) for
    1,234,567, (3, 2) for 12,34,567, (4,) for 123,4567.
    """

    decimal: str = "."
    thousands: str = ""
    grouping: tuple[int, ...] = (3,)

    def plain(self, text: str) -> str:
        """The number as Python writes it."""
        parts = _shape(self.decimal).fullmatch(text)
        if parts is None:
            raise ValueError("not a number")
        sign, whole, fraction, exponent = parts.groups(default="")
        digits = self._ungrouped(whole)
        if not (digits + fraction).isdecimal():
            raise ValueError("not a number")
        return sign + digits + (f".{fraction}" if fraction else "") + exponent

    def _ungrouped(self, whole: str) -> str:
        if not self.thousands:
            return whole
        for alike in _ALIKE.get(self.thousands, ""):
            whole = whole.replace(alike, self.thousands)
        groups = whole.split(self.thousands)
        if len(groups) > 1 and not _well_grouped(groups, self.grouping):
            raise ValueError("a sign between groups stands where it does not belong")
        return "".join(groups)


@cache
def _shape(decimal: str) -> re.Pattern[str]:
    return re.compile(rf"([+-]?)(.*?)(?:{re.escape(decimal)}(\d*))?([eE][+-]?\d+)?")


def _well_grouped(groups: Sequence[str], sizes: tuple[int, ...]) -> bool:
    wanted = [sizes[min(place, len(sizes) - 1)] for place in range(len(groups))]
    first, *others = groups
    # A group of nothing before the sign is a decimal number of elsewhere: 0.125 is not 125.
    begins = 0 < len(first) <= wanted[-1] and not first.startswith("0")
    return begins and [len(group) for group in others] == wanted[-2::-1]


def to_int(style: NumberStyle) -> Convert:
    """Whole numbers of 64 bits."""

    def convert(value: object) -> int:
        number = _whole(value) if isinstance(value, float) else int(style.plain(str(value)))
        if not -_INT64 <= number < _INT64:
            raise ValueError("more than 64 bits")
        return number

    return convert


def _whole(value: float) -> int:
    if isinstance(value, JsonNumber) and value.text.lstrip("-").isdecimal():
        return int(value.text)
    if not float(value).is_integer() or abs(value) > EXACT_FLOAT:
        raise ValueError("not whole, or of digits that a float does not hold")
    return int(value)


def to_float(style: NumberStyle) -> Convert:
    """Decimal numbers that are finite."""

    def convert(value: object) -> float:
        number = float(value if isinstance(value, float) else style.plain(str(value)))
        if not math.isfinite(number):
            raise ValueError("not finite")
        return number

    return convert
