"""Where a customer's own purchases stand among those of all, and when they stand elsewhere.

A purchase moves nobody but its customer: where quintiles begin is fitted, and stays until the next
model is put to use. Recency gets worse by itself, and what lies in a window leaves it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from c360_kernel.catalog.computed_traits import ComputedTrait, QuintileOf
from c360_kernel.computing.kinds import Seen
from c360_kernel.computing.windows import MS_A_DAY

from c360_profile.domain.computed.parts import MANY_PARTIALS, exact
from c360_profile.domain.scores.history import Spending, spent_on_day
from c360_profile.domain.scores.quintiles import CutPoints, quintile
from c360_profile.domain.scores.rfm import buying


class Bought:
    """What was paid on each day (UTC) that something was bought on: numbers of its exact sum."""

    __slots__ = ("days",)

    def __init__(self, seen: Iterable[Seen] = ()) -> None:
        self.days: dict[int, list[float]] = {}
        self.add_all(seen)

    def add(self, seen: Seen) -> None:
        """One more purchase."""
        paid = self.days.setdefault(seen.at // MS_A_DAY, [])
        amount = float(cast(float, seen.value))
        if amount:
            paid.append(amount)
        if len(paid) > MANY_PARTIALS:
            paid[:] = exact(paid)

    def add_all(self, seen: Iterable[Seen]) -> None:
        """Many more."""
        for one in seen:
            self.add(one)


def spending_of(parts: Sequence[Bought]) -> Spending:
    """What all these come to by the day."""
    if len(parts) == 1:
        return {day: spent_on_day(paid) for day, paid in parts[0].days.items()}
    paid: dict[int, list[float]] = {}
    for one in parts:
        for day, amounts in one.days.items():
            paid.setdefault(day, []).extend(amounts)
    return {day: spent_on_day(amounts) for day, amounts in paid.items()}


def measured(trait: ComputedTrait, spending: Spending, present: int) -> float | None:
    """What a customer with these purchases is ranked by at a moment (ms UTC), the more the better;
    None of who bought nothing, or what no number holds."""
    today = present // MS_A_DAY
    days = _days(trait)
    bought = buying(spending, None if days is None else today - days + 1, today)
    return None if bought is None else bought.ranked(cast(QuintileOf, trait.of))


class Ranking(NamedTuple):
    """A trait and where its quintiles begin."""

    trait: ComputedTrait
    cuts: CutPoints

    def quintile(self, spending: Spending, present: int) -> int | None:
        """The quintile at a moment (ms UTC); None as in `measured`."""
        value = measured(self.trait, spending, present)
        return None if value is None else quintile(self.cuts.points, value)

    def looks_again(self, bought_on: Collection[int], present: int) -> int | None:
        """When it may be another though nothing happens (ms UTC): not before; None: never.

        `bought_on` are the days of all purchases, also of those that are said to be ahead.
        """
        moments = self._days_ahead(bought_on, present // MS_A_DAY)
        day = min(moments, default=None)
        return None if day is None else day * MS_A_DAY

    def changes_at(self, spending: Spending, present: int) -> int | None:
        """When it is another though nothing happens (ms UTC); None: never."""
        now, moment = self.quintile(spending, present), self.looks_again(spending.keys(), present)
        while moment is not None and self.quintile(spending, moment) == now:
            moment = self.looks_again(spending.keys(), moment)
        return moment

    def _days_ahead(self, bought_on: Collection[int], today: int) -> Iterator[int]:
        yield from (day for day in bought_on if day > today)
        past = [day for day in bought_on if day <= today]
        days = _days(self.trait)
        if days is not None:
            yield from (day + days for day in past if day + days > today)
        if self.trait.of == "recency" and past:
            last = max(past)
            # The day after the last one on which it is still within so many days.
            over = (last + int(within) + 1 for within in self.cuts.shown)
            yield from (day for day in over if day > today)


def _days(trait: ComputedTrait) -> int | None:
    return None if trait.last_ms is None else trait.last_ms // MS_A_DAY
