"""Purchases of customers as the models read them: how many, when last, for how long.

Time is counted in weeks. All purchases of one day are one: models are of occasions, not of lines.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from c360_kernel.computing.kinds import total

DAYS_A_WEEK = 7

Spending: TypeAlias = Mapping[int, float]
"""Of one customer what it spent on each day that it bought on: days since 1970-01-01 UTC."""

Purchases: TypeAlias = Mapping[str, Spending]
"""By customer id."""


def spent_on_day(amounts: Iterable[float]) -> float:
    """What several purchases of a day come to, exactly rounded whatever their order; infinite
    where no number holds it."""
    found = total(amounts)
    return math.inf if found is None else found


class History(NamedTuple):
    """A customer's purchases as a buying process sees them.

    `frequency` is x, the repeat purchases (the first is not counted); `recency` is t_x, the age
    at the last of them, 0 if there is none; `age` is T. Both in weeks since the first purchase.
    """

    frequency: int
    recency: float
    age: float


class Repeats(NamedTuple):
    """How many repeat purchases a customer made (x), and what they were worth on average (m)."""

    frequency: int
    mean: float


Sample: TypeAlias = Mapping[History, int]
"""How many customers have each history: what a likelihood depends on."""


def history(days: Iterable[int], until: int) -> History | None:
    """The history by the end of day `until`; None of who had not bought by then."""
    bought = [day for day in days if day <= until]
    if not bought:
        return None
    first, last = min(bought), max(bought)
    weeks = (last - first) / DAYS_A_WEEK, (until - first) / DAYS_A_WEEK
    return History(len(set(bought)) - 1, *weeks)


def repeats(spending: Spending, until: int) -> Repeats | None:
    """What repeat purchases by the end of day `until` were worth; None if nothing."""
    days = sorted(day for day in spending if day <= until)[1:]
    total = sum(spending[day] for day in days)
    return Repeats(len(days), total / len(days)) if total > 0 else None


def histories(purchases: Purchases, until: int) -> Mapping[str, History]:
    """By customer id, of all who had bought by the end of day `until`."""
    found = ((name, history(spending, until)) for name, spending in purchases.items())
    return {name: one for name, one in found if one is not None}


def all_repeats(purchases: Purchases, until: int) -> Iterator[Repeats]:
    """What the repeat purchases of each customer were worth that made any."""
    found = (repeats(spending, until) for spending in purchases.values())
    return (one for one in found if one is not None)


def sample(of: Iterable[History]) -> Sample:
    """Equal histories counted, in their own order: sums over them are the same to the last bit."""
    return Counter(sorted(of))
