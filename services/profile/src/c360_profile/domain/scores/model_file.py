"""Models of buying as files: JSON, checked strictly, refused as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from c360_kernel.catalog.computed_traits import QuintileOf
from c360_kernel.errors import SettingsError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from c360_profile.domain.scores.accuracy import Calibration
from c360_profile.domain.scores.bgnbd import BgNbd
from c360_profile.domain.scores.evaluation import Evaluation
from c360_profile.domain.scores.gamma_gamma import GammaGamma
from c360_profile.domain.scores.model import PurchaseEvent, ScoreModel
from c360_profile.domain.scores.quintiles import QUINTILES, CutPoints, turned
from c360_profile.domain.scores.split import Split
from c360_profile.domain.scores.worth_evaluation import WorthEvaluation

VERSION_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_EPOCH = date(1970, 1, 1)
_Positive = Annotated[float, Field(gt=0, le=1e12)]
_Error = Annotated[float, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Event(_Strict):
    name: str
    amount: str
    currency: str = ""


class _Buying(_Strict):
    r: _Positive
    alpha: _Positive
    a: _Positive
    b: _Positive


class _Worth(_Strict):
    p: _Positive
    q: _Positive
    gamma: _Positive


class _Errors(_Strict):
    model: _Error
    own_rate: _Error
    mean_rate: _Error


class _Order(_Strict):
    model: _Share | None
    recency: _Share | None


class _Evaluation(_Strict):
    split: date
    customers: _Count
    predicted: _Error
    actual: _Count
    errors: _Errors
    order: _Order
    top_tenth: _Share | None
    calibration: list[tuple[_Count, _Error, _Error]]


class _WorthErrors(_Strict):
    model: _Error
    own_mean: _Error
    everybody: _Error


class _WorthEvaluation(_Strict):
    customers: _Count
    errors: _WorthErrors
    correlation: Annotated[float, Field(ge=-1.000001, le=1.000001)]


class _CutPoints(_Strict):
    """Of recency at most so many days, of the others at least so much."""

    trait: str
    of: QuintileOf
    declared: str
    buyers: Annotated[int, Field(ge=1)]
    points: Annotated[list[float], Field(min_length=QUINTILES - 1, max_length=QUINTILES - 1)]


class _File(_Strict):
    format: Literal[1, 2]
    """The first has no quintiles."""
    version: Annotated[str, Field(pattern=VERSION_PATTERN)]
    event: _Event
    until: date
    customers: _Count
    buying: _Buying
    worth: _Worth | None
    evaluation: _Evaluation
    worth_evaluation: _WorthEvaluation | None
    worse: list[str]
    quintiles: list[_CutPoints] = []


def day_of(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    """The date of so many days since 1970-01-01."""
    return _EPOCH + timedelta(days=day)


def load_model(path: Path) -> ScoreModel:
    """The model of a file. Raises `SettingsError` (SCORE_MODEL_INVALID)."""
    try:
        return read_model(path.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        raise _invalid("it cannot be read") from error


def read_model(text: str) -> ScoreModel:
    """The model of a text. Raises `SettingsError` (SCORE_MODEL_INVALID)."""
    try:
        given = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _invalid(f"{where or 'the file'}: {first['msg']}") from None
    found = ScoreModel(
        given.version,
        PurchaseEvent(**given.event.model_dump()),
        day_of(given.until),
        given.customers,
        BgNbd(**given.buying.model_dump()),
        _evaluation(given),
        GammaGamma(**given.worth.model_dump()) if given.worth else None,
        _worth_evaluation(given.worth_evaluation),
        tuple(_cut_points(given.quintiles)),
    )
    if list(found.worse) != given.worse:
        raise _invalid("worse: it is not what the evaluation says")
    return found


def told(model: ScoreModel) -> dict[str, Any]:
    """A model as its file says it."""
    of_buying = asdict(model.evaluation)
    split = of_buying.pop("split")
    del of_buying["leaks"]
    of_worth = model.worth_evaluation
    return {
        "format": 2,
        "version": model.version,
        "event": model.event._asdict(),
        "until": date_of(model.until).isoformat(),
        "customers": model.customers,
        "buying": asdict(model.buying),
        "worth": asdict(model.worth) if model.worth else None,
        "evaluation": {"split": date_of(split["at"]).isoformat(), **of_buying},
        "worth_evaluation": asdict(of_worth) if of_worth else None,
        "worse": list(model.worse),
        "quintiles": [{**asdict(one), "points": list(one.shown)} for one in model.quintiles],
    }


def model_text(model: ScoreModel) -> str:
    """The text of its file."""
    return json.dumps(told(model), ensure_ascii=False, indent=2) + "\n"


def _invalid(message: str) -> SettingsError:
    return SettingsError(f"the model of buying is refused: {message}", code="SCORE_MODEL_INVALID")


def _evaluation(given: _File) -> Evaluation:
    of_buying = given.evaluation
    return Evaluation(
        Split(day_of(of_buying.split), day_of(given.until)),
        of_buying.customers,
        of_buying.predicted,
        of_buying.actual,
        of_buying.errors.model_dump(),
        of_buying.order.model_dump(),
        of_buying.top_tenth,
        [Calibration(*one) for one in of_buying.calibration],
        leaks=False,
    )


def _cut_points(given: Sequence[_CutPoints]) -> Iterator[CutPoints]:
    seen: set[str] = set()
    for one in given:
        points = turned(one.of, one.points)
        if list(points) != sorted(points):
            raise _invalid(f"quintiles.{one.trait}.points: they are not in their order")
        if one.trait in seen:
            raise _invalid(f"quintiles.{one.trait}: it is there twice")
        seen.add(one.trait)
        yield CutPoints(one.trait, one.of, one.declared, one.buyers, points)


def _worth_evaluation(given: _WorthEvaluation | None) -> WorthEvaluation | None:
    if given is None:
        return None
    return WorthEvaluation(given.customers, given.errors.model_dump(), given.correlation)
