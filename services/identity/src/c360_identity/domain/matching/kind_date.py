"""Comparing days, such as a date of birth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

from typing_extensions import override

from c360_identity.domain.matching.alike import errors
from c360_identity.domain.matching.kind import Kind, Level, Levels

_DAY = 8
_REMEMBERED = 1 << 13


class DateKind(Kind):
    """Equal; day and month changed places; one error; two of its three parts; its year; other."""

    parts: ClassVar[Levels] = {
        "": ("same", "day and month", "one error", "two parts", "year", "other")
    }
    atoms = ("all", "year", "day")
    # Twins.
    shared = ("",)

    @override
    def form(self, values: Sequence[Sequence[str]]) -> str | None:
        for field in values:
            for one in field:
                digits = "".join(c for c in one if c.isdigit())
                if len(digits) == _DAY:
                    return digits
        return None

    @override
    def compare(self, one: str, other: str) -> Sequence[Level]:
        return (_days(one, other),)

    @override
    def terms(self, form: str) -> Sequence[Iterable[str]]:
        return ((form,),)

    @override
    def keys(self, form: str, atom: str) -> Iterable[str]:
        if atom == "all":
            return (form,)
        if atom == "year":
            return (form[:4],)
        # In either order of day and month.
        return ("".join(sorted((form[4:6], form[6:]))) + form[:4],)


@lru_cache(_REMEMBERED)
def _days(one: str, other: str) -> Level:
    if one == other:
        return Level(0, one)
    year, month, day = one[:4] == other[:4], one[4:6] == other[4:6], one[6:] == other[6:]
    if year and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return Level(1)
    if errors(one, other) == 1:
        return Level(2)
    if year + month + day == 2 or 1 in (errors(_turned(one), other), errors(one, _turned(other))):
        return Level(3)
    return Level(4 if year else 5)


def _turned(date: str) -> str:
    return date[:4] + date[6:] + date[4:6]
