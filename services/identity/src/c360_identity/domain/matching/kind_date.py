"""Comparing days, such as a date of birth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from c360_kernel.catalog.normalizers.national_id import is_chinese_id
from typing_extensions import override

from c360_identity.domain.matching.alike import errors
from c360_identity.domain.matching.kind import ALONE, MISSING, Kind, Level, Levels

_DAY = 8
_YEAR, _OTHER = 4, 5
_BORN = slice(6, 14)
"""Where a resident identity number has the date of birth."""
_UNTOLD = (Level(MISSING),)


class DateKind(Kind):
    """Equal; day and month changed places; one error; two of its three parts; its year; other."""

    parts: ClassVar[Levels] = {
        "": ("same", "day and month", "one error", "two parts", "year", "other")
    }
    atoms = ("all", "year", "day")
    # Twins.
    shared = ("",)
    recurs = False

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
        return (Level(0, one),) if one == other else ALONE[_days(one, other)]

    @override
    def number(self, one: str, other: str) -> int:
        return 0 if one == other else _days(one, other)

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


class Birth(NamedTuple):
    """A date of birth, and whether nobody said it and papers tell it."""

    date: str
    of_papers: bool


class BirthKind(Kind):
    """A date of birth; of who does not say it the one in the number of resident papers."""

    parts: ClassVar[Levels] = DateKind.parts
    atoms = DateKind.atoms
    shared = DateKind.shared
    recurs = DateKind.recurs
    places = 2
    has_names = True
    stand_ins = 1

    def __init__(self) -> None:
        self._date = DateKind()

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Birth | None:
        if said := self._date.form(values[:1]):
            return Birth(said, of_papers=False)
        told = next((one for one in values[1] if is_chinese_id(one)), "")
        return Birth(told[_BORN], of_papers=True) if told else None

    @override
    def plain(self, form: Birth) -> Any:
        return tuple(form)

    @override
    def restored(self, plain: Sequence[Any]) -> Birth:
        return Birth(*plain)

    @override
    def stands_in(self, form: Birth) -> bool:
        return form.of_papers

    @override
    def compare(self, one: Birth, other: Birth) -> Sequence[Level]:
        if one.of_papers and other.of_papers:
            # Who compares the papers themselves tells it already.
            return _UNTOLD
        return self._date.compare(one.date, other.date)

    @override
    def number(self, one: Birth, other: Birth) -> int:
        (date, is_told), (of_other, is_told_too) = one, other
        if is_told and is_told_too:
            return MISSING
        return 0 if date == of_other else _days(date, of_other)

    @override
    def terms(self, form: Birth) -> Sequence[Iterable[str]]:
        return self._date.terms(form.date)

    @override
    def keys(self, form: Birth, atom: str) -> Iterable[str]:
        return self._date.keys(form.date, atom)


def _days(one: str, other: str) -> int:
    """The level of two days that differ."""
    year, first, last = one[:4] == other[:4], one[4:6], one[6:]
    month, day = other[4:6], other[6:]
    turned = (first == day) + (last == month)
    alike = year + (first == month) + (last == day)
    if not (alike or turned):
        # One error leaves one of three parts as it was, whichever way round they are.
        return _OTHER
    if year and turned == 2:
        return 1
    if errors(one, other) == 1:
        return 2
    if alike == 2 or 1 in (errors(_turned(one), other), errors(one, _turned(other))):
        return 3
    return _YEAR if year else _OTHER


def _turned(date: str) -> str:
    return date[:4] + date[6:] + date[4:6]
