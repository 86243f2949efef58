"""Pages of a segment's members, in the order of their numbers.

A number is never given twice and never moves, so a cursor stays good while members
enter and leave: nobody who stays is skipped or shown twice.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from c360_kernel.errors import Invalid
from pyroaring import FrozenBitMap

LARGEST_PAGE = 200
_CURSOR = "member:"


@dataclass(frozen=True, slots=True)
class Page:
    """Numbers of one page, and whether there are more on either side."""

    numbers: tuple[int, ...]
    has_previous: bool
    has_next: bool


def page_of(members: FrozenBitMap, first: int, after: str | None) -> Page:
    """The `first` members behind a cursor; `Invalid` for a bad size or cursor."""
    if first > LARGEST_PAGE:
        raise Invalid(f"first is at most {LARGEST_PAGE}", code="PAGE_TOO_LARGE")
    if first < 0:
        raise Invalid("first is negative", code="PAGE_SIZE_INVALID")
    start = members.rank(read_cursor(after)) if after else 0
    numbers = tuple(members[start : start + first])
    return Page(numbers, start > 0, start + len(numbers) < len(members))


def cursor_of(number: int) -> str:
    """The cursor of a member."""
    return base64.urlsafe_b64encode(f"{_CURSOR}{number}".encode()).decode()


def read_cursor(cursor: str) -> int:
    """The number in a cursor of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        number = int(text.removeprefix(_CURSOR)) if text.startswith(_CURSOR) else -1
    except (binascii.Error, ValueError):
        number = -1
    if not 0 <= number < 2**32:
        raise Invalid("after is not a cursor of this list", code="CURSOR_INVALID")
    return number
