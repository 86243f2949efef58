"""Recency, frequency and monetary value of buyers, each as a quintile of all of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from c360_kernel.catalog.computed_traits import QuintileOf
from c360_kernel.computing.kinds import total

from c360_profile.domain.scores.history import Purchases, Spending
from c360_profile.domain.scores.quintiles import cut_points, quintile

_Name = TypeVar("_Name", bound=Hashable)


class Buying(NamedTuple):
    """Days since the last purchase, days bought on, and what was spent, net of what came back.

    `monetary` is None where no number holds it.
    """

    recency: int
    frequency: int
    monetary: float | None

    def ranked(self, of: QuintileOf) -> float | None:
        """What it is compared by: the more, the better."""
        return -self.recency if of == "recency" else getattr(self, of)


class Rfm(NamedTuple):
    """Quintiles from 1 to 5, the best; None of what no number holds."""

    recency: int
    frequency: int
    monetary: int | None


def buying(spending: Spending, since: int | None, until: int) -> Buying | None:
    """What a customer bought from day `since` (None: ever) to the end of day `until`; None if
    nothing."""
    within = {
        day: amount
        for day, amount in spending.items()
        if day <= until and (since is None or since <= day)
    }
    if not within:
        return None
    return Buying(until - max(within), len(within), total(within.values()))


def rfm(purchases: Purchases, since: int | None, until: int) -> Mapping[str, Rfm]:
    """By customer id, of buyers within these days only: who did not buy has no score."""
    found = {name: buying(spending, since, until) for name, spending in purchases.items()}
    buyers = {name: one for name, one in found.items() if one is not None}
    recency = _among(buyers.items(), "recency")
    frequency = _among(buyers.items(), "frequency")
    monetary = _among(buyers.items(), "monetary")
    return {name: Rfm(recency[name], frequency[name], monetary.get(name)) for name in buyers}


def quintiles(values: Mapping[_Name, float]) -> Mapping[_Name, int]:
    """The quintile of each among all, as `cut_points` has them."""
    points = cut_points(values.values()) if values else ()
    return {name: quintile(points, value) for name, value in values.items()}


def _among(buyers: Iterable[tuple[str, Buying]], of: QuintileOf) -> Mapping[str, int]:
    ranked = ((name, one.ranked(of)) for name, one in buyers)
    return quintiles({name: value for name, value in ranked if value is not None})
