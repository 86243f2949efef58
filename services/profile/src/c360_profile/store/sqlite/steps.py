"""The values of a trait, from one to the next along the index of golden values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue

from c360_profile.domain.query import Place
from c360_profile.store.sqlite.golden import Cell, cell
from c360_profile.store.sqlite.parts import Part
from c360_profile.store.sqlite.ranges import range_of
from c360_profile.store.sqlite.sections import Section, value_at
from c360_profile.store.sqlite.view import View

_NAMING = ("equals", "in")
_TYPES = {int: 0, float: 0, str: 1, bytes: 2}


class Steps:
    """Values of the first trait of a section that a condition may let through, up or down."""

    def __init__(self, view: View, parts: Sequence[Part], section: Section, is_up: bool) -> None:
        self._view = view
        self._trait = section.first.trait
        self._is_up = is_up
        self._tests = [
            part.condition
            for part in parts
            if isinstance(part.condition, ValueTest)
            and part.condition.name == self._trait
            and part.found is not None
        ]
        ends = section.after, section.before
        self._low, self._high = ends[::-1] if section.first.descending else ends

    def ends(self) -> tuple[Cell, Cell] | None:
        """The first and the last value between the places; None if there is none."""
        least, most = self._extreme("min"), self._extreme("max")
        if least is None or most is None:
            return None
        low = max([least, *_known(self._low)], key=_rank)
        high = min([most, *_known(self._high)], key=_rank)
        if _rank(low) > _rank(high):
            return None
        return (low, high) if self._is_up else (high, low)

    def named(self) -> Sequence[Cell] | None:
        """The values that the condition names, in their order; None if it names none."""
        for test in self._tests:
            if test.operator in _NAMING:
                wanted = test.wanted if isinstance(test.wanted, tuple) else (test.wanted,)
                cells = dict.fromkeys(cell(cast(TraitValue, one)) for one in wanted)
                return sorted(cells, key=_rank, reverse=not self._is_up)
        return None

    def between(self, value: Cell, ends: tuple[Cell, Cell]) -> bool:
        """Whether a value is none beyond these ends."""
        low, high = sorted(map(_rank, ends))
        return low <= _rank(value) <= high

    def ahead(self, at: Cell, last: Cell, number: int) -> Cell | None:
        """The value of the customer who is so many further on than the first one with `at`."""
        on, back, up = ("<=", ">=", "ASC") if self._is_up else (">=", "<=", "DESC")
        found = self._view.rows(
            f"SELECT value FROM golden WHERE trait = :trait AND value {back} :at"
            f" AND value {on} :last ORDER BY value {up} LIMIT 1 OFFSET :number",
            trait=self._trait,
            at=at,
            last=last,
            number=number,
        )
        return found[0][0] if found else None

    def next(self, at: Cell, last: Cell) -> Cell | None:
        """The value after this one; None after the last one."""
        which, past, on = ("min", ">", "<=") if self._is_up else ("max", "<", ">=")
        ((found,),) = self._view.rows(
            f"SELECT {which}(value) FROM golden WHERE trait = :trait AND value {past} :at"
            f" AND value {on} :last",
            trait=self._trait,
            at=at,
            last=last,
        )
        return found

    def _extreme(self, which: str) -> Cell | None:
        bind = self._view.select.bind
        # Of values that are named each is looked for by itself.
        ranges = [
            range_of(test, "value", bind) for test in self._tests if test.operator not in _NAMING
        ]
        passing = [f"trait = {bind(self._trait)}", *(one for one in ranges if one is not None)]
        ((found,),) = self._view.rows(
            f"SELECT {which}(value) FROM golden WHERE {' AND '.join(passing)}"
        )
        return found


def _known(place: Place | None) -> list[Cell]:
    value = None if place is None else value_at(place)
    return [] if value is None else [value]


def _rank(value: Cell) -> tuple[int, Cell]:
    """By which values of all types are in the order of the index."""
    return _TYPES[type(value)], value
