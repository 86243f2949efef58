"""Spellings of values, each with the one value that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from c360_kernel.catalog.text import clean


@dataclass(slots=True)
class Spellings:
    """A table that is filled spelling by spelling."""

    found: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, value: str, spelling: str, complain: Callable[[str], None]) -> None:
        """`spelling` stands for `value`; complains where it is empty or stands for another."""
        written, meant = clean(spelling), clean(value)
        if not written or self.found.setdefault(written, meant) != meant:
            complain("a spelling stands for one value and is not empty")

    def in_any_case(self) -> dict[str, str]:
        """Each spelling and value also in lower case, unless that stands for another value."""
        table = dict(self.found)
        for spelling, value in [*table.items(), *((one, one) for one in table.values())]:
            table.setdefault(spelling.casefold(), value)
        return table
