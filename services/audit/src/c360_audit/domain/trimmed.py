"""What may be gone: entries that are older than they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_HEADER = "c360 audit retention v1"
_LINE = re.compile(r"(0|[1-9][0-9]*) (0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Operations of before a time (ms UTC) may be gone from the store.

    Of each partition all entries before an offset are that old, and may be gone everywhere.
    """

    before: int
    offsets: Mapping[int, int]

    @property
    def text(self) -> str:
        """What is signed."""
        lines = "".join(f"{part} {offset}\n" for part, offset in sorted(self.offsets.items()))
        return f"{_HEADER}\n{self.before}\n{lines}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What a statement says; None for one about something else."""
        header, *lines = text.splitlines()
        if header != _HEADER or not lines or not lines[0].isdecimal():
            return None
        found = [_LINE.fullmatch(line) for line in lines[1:]]
        if not all(found):
            return None
        return cls(int(lines[0]), {int(one[1]): int(one[2]) for one in found if one})


NOTHING_TRIMMED = Trimmed(0, {})
