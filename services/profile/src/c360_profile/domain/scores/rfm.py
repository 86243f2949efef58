"""Recency, frequency and monetary value of buyers, each as a quintile of all of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple, TypeVar

from c360_profile.domain.scores.history import Purchases, Spending

_QUINTILES = 5
_Name = TypeVar("_Name", bound=Hashable)


class Buying(NamedTuple):
    """Days since the last purchase, days bought on, and what was spent, net of what came back."""

    recency: int
    frequency: int
    monetary: float


class Rfm(NamedTuple):
    """Quintiles from 1 to 5, the best."""

    recency: int
    frequency: int
    monetary: int


def buying(spending: Spending, since: int, until: int) -> Buying | None:
    """What a customer bought from day `since` to the end of day `until`; None if nothing."""
    within = {day: amount for day, amount in spending.items() if since <= day <= until}
    if not within:
        return None
    return Buying(until - max(within), len(within), math.fsum(within.values()))


def rfm(purchases: Purchases, since: int, until: int) -> Mapping[str, Rfm]:
    """By customer id, of buyers within these days only: who did not buy has no score."""
    found = {name: buying(spending, since, until) for name, spending in purchases.items()}
    buyers = {name: one for name, one in found.items() if one is not None}
    recency = quintiles({name: -one.recency for name, one in buyers.items()})
    frequency = quintiles({name: one.frequency for name, one in buyers.items()})
    monetary = quintiles({name: one.monetary for name, one in buyers.items()})
    return {name: Rfm(recency[name], frequency[name], monetary[name]) for name in buyers}


def quintiles(values: Mapping[_Name, float]) -> Mapping[_Name, int]:
    """The share of all whose value is at most as large, cut into fifths and rounded up.

    So equal values always get equal quintiles, and where many are equal some quintiles are empty:
    of buyers most of whom bought once, none is in the lowest two by frequency.
    """
    quintile = _cut(values.values())
    return {name: quintile[value] for name, value in values.items()}


def _cut(values: Iterable[float]) -> Mapping[float, int]:
    counted = sorted(Counter(values).items())
    at_most = list(accumulate(count for _, count in counted))
    # In whole numbers: a share of exactly a fifth is of the lowest quintile.
    return {
        value: -(-below * _QUINTILES // at_most[-1])
        for (value, _), below in zip(counted, at_most, strict=True)
    }
