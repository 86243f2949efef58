"""One version of what is fitted together: how often, how well, and how far to believe it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.errors import Invalid

from c360_profile.domain.scores import bgnbd_fitting, gamma_gamma
from c360_profile.domain.scores.bgnbd import BgNbd
from c360_profile.domain.scores.evaluation import Evaluation, evaluated
from c360_profile.domain.scores.gamma_gamma import GammaGamma
from c360_profile.domain.scores.history import (
    Purchases,
    all_repeats,
    histories,
    history,
    repeats,
    sample,
)
from c360_profile.domain.scores.quintiles import CutPoints, Quintiles
from c360_profile.domain.scores.split import Split
from c360_profile.domain.scores.worth_evaluation import WorthEvaluation, evaluated_worth

FEWEST_CUSTOMERS = 100
FEWEST_REPEATING = 30


class PurchaseEvent(NamedTuple):
    """Which events are purchases: their name, the property that says the amount, the currency.

    `currency` is "" where events say none.
    """

    name: str
    amount: str
    currency: str = ""


class Score(NamedTuple):
    """What is expected of a customer: so many purchases, each worth so much.

    `worth` is None where the model knows none. There is no probability of being alive here: it is
    1 of everybody who bought once, so that ranking by it is worse than chance.
    """

    purchases: float
    worth: float | None


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """A version: fitted on all purchases to the end of day `until`, evaluated by a split in time.

    Without `worth` amounts were not told, or fit no model. `quintiles` are cut points of those
    traits that the catalog had, by the purchases that they look at.
    """

    version: str
    event: PurchaseEvent
    until: int
    customers: int
    buying: BgNbd
    evaluation: Evaluation
    worth: GammaGamma | None = None
    worth_evaluation: WorthEvaluation | None = None
    quintiles: tuple[CutPoints, ...] = ()

    @property
    def worse(self) -> Sequence[str]:
        """In what it is no better than what needs no model: `counts`, `order`, `worth`."""
        of_worth = self.worth_evaluation.worse if self.worth_evaluation else ()
        return [*self.evaluation.worse, *of_worth]

    @property
    def ranks_by(self) -> Quintiles:
        """What quintiles are told by where it is in use."""
        return Quintiles(self.version, self.quintiles)


def fitted(version: str, event: PurchaseEvent, purchases: Purchases, split: Split) -> ScoreModel:
    """The model of all purchases until the end of the split, and how well its like predicted.

    Raises `Invalid`: SCORES_FEW for too few customers to tell anything by, SCORES_NOT_FITTED,
    SCORES_LEAK if what is said at the split depends on what came after.
    """
    _refuse_few(purchases, split)
    evaluation = evaluated(purchases, split)
    if evaluation.leaks:
        message = "what is said at the split depends on what came after it"
        raise Invalid(message, code="SCORES_LEAK")
    known = histories(purchases, split.until)
    buying = bgnbd_fitting.fit(sample(known.values()))
    worth, of_worth = _worth(purchases, split)
    return ScoreModel(version, event, split.until, len(known), buying, evaluation, worth, of_worth)


def scored(model: ScoreModel, purchases: Purchases, until: int, weeks: float) -> dict[str, Score]:
    """What is expected in the next `weeks` of each customer who bought by the end of `until`."""
    known = histories(purchases, until)
    counted = sample(known.values())
    ahead = {one: model.buying.expected(one, weeks) for one in counted}
    return {
        name: Score(ahead[one], _worth_of(model, purchases, name, until))
        for name, one in known.items()
    }


def _worth_of(model: ScoreModel, purchases: Purchases, name: str, until: int) -> float | None:
    return model.worth.expected(repeats(purchases[name], until)) if model.worth else None


def _worth(purchases: Purchases, split: Split) -> tuple[GammaGamma | None, WorthEvaluation | None]:
    """Nothing, where amounts say nothing: how often customers buy can be told all the same."""
    try:
        found = evaluated_worth(purchases, split)
        return gamma_gamma.fit(all_repeats(purchases, split.until)), found
    except Invalid:
        return None, None


def _refuse_few(purchases: Purchases, split: Split) -> None:
    known = [history(spending, split.at) for spending in purchases.values()]
    customers = sum(one is not None for one in known)
    repeating = sum(one is not None and one.frequency > 0 for one in known)
    if customers < FEWEST_CUSTOMERS or repeating < FEWEST_REPEATING or split.weeks <= 0:
        raise Invalid(
            f"a model needs {FEWEST_CUSTOMERS} customers who bought until the split,"
            f" {FEWEST_REPEATING} of them again, and time after it",
            code="SCORES_FEW",
        )
