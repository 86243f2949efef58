"""How well predictions met what happened: error, order, calibration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

Predictions: TypeAlias = Mapping[str, float]
Actual: TypeAlias = Mapping[str, int]
"""By customer id how many purchases it made; the same customers as were predicted."""

_PARTS = 10


class Calibration(NamedTuple):
    """A tenth of all customers by their prediction: what was predicted of each, what happened."""

    customers: int
    predicted: float
    actual: float


def rmse(predictions: Predictions, actual: Mapping[str, float]) -> float:
    """The root of the mean squared error. The mean absolute error would favour "nobody buys"."""
    errors = ((predictions[name] - value) ** 2 for name, value in actual.items())
    return math.sqrt(math.fsum(errors) / len(actual))


def auc(predictions: Predictions, actual: Actual) -> float | None:
    """That whoever bought was predicted more than whoever did not, ties counting half.

    None where all or none bought.
    """
    bought = Counter(predictions[name] for name, value in actual.items() if value)
    not_bought = Counter(predictions[name] for name, value in actual.items() if not value)
    won = below = 0.0
    for value in sorted(bought.keys() | not_bought.keys()):
        won += bought[value] * (below + not_bought[value] / 2)
        below += not_bought[value]
    pairs = bought.total() * not_bought.total()
    return won / pairs if pairs else None


def calibration(predictions: Predictions, actual: Actual) -> Sequence[Calibration]:
    """By tenths of the customers, those of the least expectation first.

    Customers of one expectation may be parted, by their ids, so that parts are of one size.
    """
    order = sorted(actual, key=lambda name: (predictions[name], name))
    cuts = [len(order) * part // _PARTS for part in range(_PARTS + 1)]
    parts = (order[cuts[i] : cuts[i + 1]] for i in range(_PARTS))
    return [_calibrated(part, predictions, actual) for part in parts if part]


def share_of_top(predictions: Predictions, actual: Actual) -> float | None:
    """Which share of all purchases the tenth made of whom most was expected; None of none."""
    total, best = sum(actual.values()), calibration(predictions, actual)[-1]
    return best.actual * best.customers / total if total else None


def _calibrated(part: Sequence[str], predictions: Predictions, actual: Actual) -> Calibration:
    predicted = math.fsum(predictions[name] for name in part) / len(part)
    return Calibration(len(part), predicted, sum(actual[name] for name in part) / len(part))
