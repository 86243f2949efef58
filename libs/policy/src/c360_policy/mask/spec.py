"""Which mask, as written in a policy line, which of two hides less, and what each can be put on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

MaskKind = Literal[
    "redact_text", "partial", "band", "year", "city", "token", "hash", "redact", "null"
]

# From what hides least to what hides most.
_ORDER: tuple[MaskKind, ...] = (
    "redact_text", "partial", "band", "year", "city", "token", "hash", "redact", "null",
)  # fmt: skip
_PLAIN = frozenset(_ORDER) - {"partial", "band"}
_PARTIAL = re.compile(r"partial\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")
_BAND = re.compile(r"band\(\s*(\d{1,15})\s*\)")
TEXT = frozenset(("String", "ID"))
DATES = frozenset(("Date", "DateTime"))
NUMBERS = frozenset(("Int", "Long", "Float"))
_SCALARS: Mapping[MaskKind, frozenset[str]] = {"year": TEXT | DATES, "band": NUMBERS}


class MaskSpec(NamedTuple):
    """A mask kind; the three numbers belong to `partial`, the first, as its width, to `band`."""

    kind: MaskKind
    keep_left: int = 0
    keep_right: int = 0
    min_hidden: int = 0

    def __str__(self) -> str:
        if self.kind == "partial":
            return f"partial({self.keep_left},{self.keep_right},{self.min_hidden})"
        return f"band({self.keep_left})" if self.kind == "band" else self.kind

    def keeps_type(self, scalar: str) -> bool:
        """Whether what it makes of a value of this GraphQL scalar is one, too."""
        return self.kind == "null" or scalar in _SCALARS.get(self.kind, TEXT)


def parse_mask(text: str) -> MaskSpec:
    """Read the name of a mask, `partial(left,right,min hidden)` or `band(width)`.

    Raises `ValueError` for anything else.
    """
    for kind in _ORDER:
        if kind == text and kind in _PLAIN:
            return MaskSpec(kind)
    if (numbers := _PARTIAL.fullmatch(text)) is not None:
        return MaskSpec("partial", *(int(number) for number in numbers.groups()))
    if (width := _BAND.fullmatch(text)) is not None and int(width[1]) > 0:
        return MaskSpec("band", int(width[1]))
    names = ", ".join(kind for kind in _ORDER if kind in _PLAIN)
    raise ValueError(f"a mask is {names}, partial(left,right,hidden) or band(width)")


def openness(mask: MaskSpec) -> tuple[int, int, int, int, int]:
    """A sort key: the smaller, the less a mask hides."""
    kept = mask.keep_left + mask.keep_right
    # A wider band shows less, and of a longer text more is shown.
    shown = kept if mask.kind == "band" else -kept
    return (_ORDER.index(mask.kind), shown, mask.min_hidden, mask.keep_left, mask.keep_right)
