"""A fitted model in words for a person at a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from c360_profile.domain.scores.evaluation import Evaluation
from c360_profile.domain.scores.model import ScoreModel
from c360_profile.domain.scores.model_file import date_of, told
from c360_profile.domain.scores.quintiles import CutPoints
from c360_profile.domain.scores.worth_evaluation import WorthEvaluation
from c360_profile.store.purchases import PurchasesRead

from c360_cli.scores.fitting import Fitted

_WORSE = {
    "counts": "WORSE THAN NO MODEL in how many purchases: take each customer's own rate",
    "order": "WORSE THAN NO MODEL in who buys: rank by the last purchase",
    "worth": "WORSE THAN NO MODEL in what a purchase is worth: take means",
}


def as_json(fitted: Fitted, path: Path) -> dict[str, object]:
    """The form that `--json` prints: the file, where it is, and what was read for it."""
    read = fitted.read
    of_read = {
        "purchases": read.purchases,
        "withoutAmount": read.without_amount,
        "otherCurrency": read.other_currency,
        "withoutPurpose": read.without_purpose,
    }
    return {"path": str(path), "read": of_read, "model": told(fitted.model)}


def lines(fitted: Fitted, path: Path) -> Iterator[str]:
    """What was fitted, how well it predicted, and in what it is worse than no model."""
    model = fitted.model
    yield (
        f"{model.version}: of {fitted.read.purchases} purchases of {model.customers} customers"
        f" until {date_of(model.until)}, {path}"
    )
    yield from _left_out(fitted.read)
    yield from _parameters(model)
    yield from _compared(model.evaluation)
    if model.worth_evaluation:
        yield from _worth_compared(model.worth_evaluation, model.event.currency)
    yield from map(_cut, model.quintiles)
    yield from (_WORSE[name] for name in model.worse)


def _left_out(read: PurchasesRead) -> Iterator[str]:
    if read.without_amount:
        yield f"  {read.without_amount} purchases say no amount and count as worth nothing"
    if read.other_currency:
        yield f"  {read.other_currency} purchases in other currencies were left out"
    if read.without_purpose:
        yield f"  {read.without_purpose} customers have not granted the purpose: left out"


def _parameters(model: ScoreModel) -> Iterator[str]:
    one = model.buying
    yield f"  BG/NBD: r {one.r:.4f}, alpha {one.alpha:.4f}, a {one.a:.4f}, b {one.b:.4f}"
    worth = model.worth
    if worth is None:
        yield "  Gamma-Gamma: none, amounts fit no model"
    else:
        yield f"  Gamma-Gamma: p {worth.p:.4f}, q {worth.q:.4f}, gamma {worth.gamma:.4f}"


def _cut(one: CutPoints) -> str:
    points = ", ".join(f"{point:g}" for point in one.shown)
    unit = " days ago" if one.of == "recency" else ""
    return f"  {one.trait}, of {one.buyers} buyers: quintiles 2 to 5 begin at {points}{unit}"


def _compared(one: Evaluation) -> Iterator[str]:
    off = f" ({one.predicted / one.actual - 1:+.0%})" if one.actual else ""
    yield (
        f"Fitted until {date_of(one.split.at)}, and compared with the {one.split.weeks:.0f} weeks"
        f" after it, of {one.customers} customers:"
    )
    yield f"  purchases: {one.predicted:.0f} predicted, {one.actual} made{off}"
    yield (
        f"  error of a customer (RMSE): {one.errors['model']:.3f},"
        f" by its own rate {one.errors['own_rate']:.3f},"
        f" by that of all {one.errors['mean_rate']:.3f}"
    )
    if (order := one.order["model"]) is not None:
        recency = one.order["recency"]
        yield f"  who buys (AUC): {order:.3f}, by the last purchase alone {recency:.3f}"
    if one.top_tenth is not None:
        yield f"  the tenth of whom most is expected made {one.top_tenth:.0%} of the purchases"
    yield "  calibration, by tenths: expected and made by a customer"
    yield from (f"    {part.predicted:8.3f} {part.actual:8.3f}" for part in one.calibration)
    yield "  no leak: with the opposite after the split the same is said at it"


def _worth_compared(one: WorthEvaluation, currency: str) -> Iterator[str]:
    unit = f" {currency}" if currency else ""
    yield (
        f"  worth of a purchase (RMSE, {one.customers} customers): {one.errors['model']:.2f}{unit},"
        f" by its own mean {one.errors['own_mean']:.2f}, by that of all"
        f" {one.errors['everybody']:.2f}"
    )
    yield f"  correlation of how often and how much: {one.correlation:.2f} (the model says 0)"
