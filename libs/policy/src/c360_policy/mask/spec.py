"""Which mask, as written in a policy line, and which of two hides less."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

MaskKind = Literal["partial", "year", "hash", "redact", "null"]

# From what hides least to what hides most.
_ORDER: tuple[MaskKind, ...] = ("partial", "year", "hash", "redact", "null")
_PARTIAL = re.compile(r"partial\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")


class MaskSpec(NamedTuple):
    """A mask kind; the three numbers belong to `partial` alone."""

    kind: MaskKind
    keep_left: int = 0
    keep_right: int = 0
    min_hidden: int = 0

    def __str__(self) -> str:
        if self.kind == "partial":
            return f"partial({self.keep_left},{self.keep_right},{self.min_hidden})"
        return self.kind


def parse_mask(text: str) -> MaskSpec:
    """Read `null`, `redact`, `hash`, `year` or `partial(left,right,min hidden)`.

    Raises `ValueError` for anything else.
    """
    if text in _ORDER and text != "partial":
        return MaskSpec(text)
    numbers = _PARTIAL.fullmatch(text)
    if numbers is None:
        raise ValueError("a mask is null, redact, hash, year or partial(left,right,hidden)")
    return MaskSpec("partial", *(int(number) for number in numbers.groups()))


def openness(mask: MaskSpec) -> tuple[int, int, int, int, int]:
    """A sort key: the smaller, the less a mask hides."""
    kept = mask.keep_left + mask.keep_right
    return (_ORDER.index(mask.kind), -kept, mask.min_hidden, mask.keep_left, mask.keep_right)
