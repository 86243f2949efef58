"""A model held against what happened after it was fitted, beside what needs no model.

Purchases are split by time: fitted on those until a day, compared with those after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_profile.domain.scores.accuracy import (
    Actual,
    Calibration,
    Predictions,
    auc,
    calibration,
    rmse,
    share_of_top,
)
from c360_profile.domain.scores.bgnbd_fitting import fit
from c360_profile.domain.scores.history import History, Purchases, histories, sample
from c360_profile.domain.scores.split import Split


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was predicted at a split, and how wrong it was.

    `errors` are root mean squared ones, of purchases a customer: of the `model`; of `own_rate`,
    that everybody goes on as before; of `mean_rate`, that everybody does as all did. `order` is
    the AUC of who buys at all: of the `model`, and of `recency`, the latest buyer first.
    """

    split: Split
    customers: int
    predicted: float
    actual: int
    errors: Mapping[str, float]
    order: Mapping[str, float | None]
    top_tenth: float | None
    calibration: Sequence[Calibration]
    leaks: bool

    @property
    def worse(self) -> Sequence[str]:
        """In what the model is no better than what needs none: `counts`, `order`."""
        counts = self.errors["model"] >= min(self.errors["own_rate"], self.errors["mean_rate"])
        order = (self.order["model"] or 0.0) <= (self.order["recency"] or 0.0)
        return [name for name, is_worse in (("counts", counts), ("order", order)) if is_worse]


def evaluated(purchases: Purchases, split: Split) -> Evaluation:
    """Fit on what was known at the split, and compare. Raises `Invalid` (SCORES_NOT_FITTED)."""
    known = histories(purchases, split.at)
    predictions, actual = predicted(purchases, split), bought(purchases, known, split)
    rate = sum(one.frequency for one in known.values()) / _weeks(known.values())
    own = _each(known, lambda one: _own_rate(one) * split.weeks)
    mean = dict.fromkeys(known, rate * split.weeks)
    ranked = _each(known, lambda one: one.recency - one.age)
    plain = {"model": predictions, "own_rate": own, "mean_rate": mean}
    return Evaluation(
        split,
        len(known),
        math.fsum(predictions.values()),
        sum(actual.values()),
        {name: rmse(said, actual) for name, said in plain.items()},
        {"model": auc(predictions, actual), "recency": auc(ranked, actual)},
        share_of_top(predictions, actual),
        calibration(predictions, actual),
        predicted(turned(purchases, split), split) != predictions,
    )


def predicted(purchases: Purchases, split: Split) -> Predictions:
    """What a model fitted at the split expects of each customer after it."""
    known = histories(purchases, split.at)
    counted = sample(known.values())
    model = fit(counted)
    ahead = {one: model.expected(one, split.weeks) for one in counted}
    return _each(known, ahead.__getitem__)


def bought(purchases: Purchases, known: Iterable[str], split: Split) -> Actual:
    """On how many days each customer bought after the split."""
    return {name: sum(split.at < day <= split.until for day in purchases[name]) for name in known}


def turned(purchases: Purchases, split: Split) -> Purchases:
    """The purchases with the opposite after the split: who bought did not, who did not did.

    Nothing that is said at the split may change by it, or it has seen what it is to predict.
    """
    return {
        name: {day: spent for day, spent in spending.items() if day <= split.at}
        | ({} if max(spending) > split.at else {split.until: 1.0})
        for name, spending in purchases.items()
    }


def _each(known: Mapping[str, History], of: Callable[[History], float]) -> Predictions:
    return {name: of(one) for name, one in known.items()}


def _own_rate(one: History) -> float:
    return one.frequency / one.age if one.age else 0.0


def _weeks(known: Iterable[History]) -> float:
    return math.fsum(one.age for one in known) or 1.0
