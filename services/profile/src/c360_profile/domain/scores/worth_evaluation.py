"""What purchases are expected to be worth, held against what they were, beside what is plain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_profile.domain.scores.accuracy import rmse
from c360_profile.domain.scores.gamma_gamma import fit
from c360_profile.domain.scores.history import Purchases, Repeats, Spending, all_repeats, repeats
from c360_profile.domain.scores.split import Split


@dataclass(frozen=True, slots=True)
class WorthEvaluation:
    """Of customers who bought after the split as well: how wrong a purchase's worth was.

    `errors` are root mean squared ones, in the currency of the purchases: of the `model`, of each
    customer's `own_mean` until the split, and of `everybody`'s mean. `correlation` is Pearson's,
    of how often customers buy again and what they spend, which the model takes to be 0.
    """

    customers: int
    errors: Mapping[str, float]
    correlation: float

    @property
    def worse(self) -> Sequence[str]:
        """`worth`, where the model is no better than what needs none."""
        errors = self.errors
        is_worse = errors["model"] >= min(errors["own_mean"], errors["everybody"])
        return ["worth"] if is_worse else []


def evaluated_worth(purchases: Purchases, split: Split) -> WorthEvaluation | None:
    """Fit on what was known at the split, and compare; None if nobody bought before and after.

    Raises `Invalid` (SCORES_NOT_FITTED).
    """
    known = {name: _days(spending, -math.inf, split.at) for name, spending in purchases.items()}
    later = {name: _days(spending, split.at, split.until) for name, spending in purchases.items()}
    actual = {name: _mean(later[name]) for name, days in known.items() if days and later[name]}
    model = fit(all_repeats(purchases, split.at))
    said = {name: model.expected(repeats(purchases[name], split.at)) for name in actual}
    if not actual or None in said.values():
        return None
    own = {name: _mean(known[name]) for name in actual}
    everybody = _mean([value for days in known.values() for value in days])
    plain = {"own_mean": own, "everybody": dict.fromkeys(actual, everybody)}
    errors = {name: rmse(one, actual) for name, one in plain.items()}
    modelled = {name: value for name, value in said.items() if value is not None}
    correlated = correlation(all_repeats(purchases, split.at))
    return WorthEvaluation(len(actual), {"model": rmse(modelled, actual), **errors}, correlated)


def correlation(values: Iterable[Repeats]) -> float:
    """Pearson's, of frequency and mean worth; 0 where either is the same of all."""
    rows = list(values)
    if not rows:
        return 0.0
    x, y = (_mean([one[place] for one in rows]) for place in (0, 1))
    both = math.fsum((a - x) * (b - y) for a, b in rows)
    apart = math.fsum((a - x) ** 2 for a, _ in rows) * math.fsum((b - y) ** 2 for _, b in rows)
    return both / math.sqrt(apart) if apart else 0.0


def _days(spending: Spending, after: float, until: int) -> Sequence[float]:
    return [value for day, value in spending.items() if after < day <= until]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
