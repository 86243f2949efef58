"""A version of the models: what it says of customers, and the file that it is kept in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.errors import Invalid, SettingsError
from c360_profile.domain.scores.history import Repeats, histories
from c360_profile.domain.scores.model import PurchaseEvent, ScoreModel, fitted, scored
from c360_profile.domain.scores.model_file import load_model, model_text, read_model, told
from c360_profile.domain.scores.quintiles import CutPoints
from c360_profile.domain.scores.split import Split, halved
from c360_profile.domain.scores.worth_evaluation import correlation, evaluated_worth

from services.profile.tests.scores.selling import SPLIT, purchases

EVENT = PurchaseEvent("order_completed", "amount", "CNY")
CUTS: dict[str, Any] = {
    "trait": "recencyQuintile",
    "of": "recency",
    "declared": "0123",
    "buyers": 200,
    "points": [210, 90, 30, 7],
}


@pytest.fixture(scope="module")
def model() -> ScoreModel:
    return fitted("spring", EVENT, purchases(), SPLIT)


def test_everybody_who_bought_is_scored_as_the_models_say(model: ScoreModel) -> None:
    given = purchases()
    found = scored(model, given, SPLIT.until, 26)
    known = histories(given, SPLIT.until)
    assert found.keys() == known.keys()
    assert model.worth is not None
    for name, one in known.items():
        assert found[name].purchases == model.buying.expected(one, 26)
    once = next(name for name, one in known.items() if one.frequency == 0)
    assert found[once].worth == model.worth.expected(None)


def test_the_order_of_customers_makes_no_other_model(model: ScoreModel) -> None:
    backwards = dict(reversed(purchases().items()))
    assert fitted("spring", EVENT, backwards, SPLIT) == model


def test_amounts_that_say_nothing_leave_how_often_alone(model: ScoreModel) -> None:
    given = {name: dict.fromkeys(days, 0.0) for name, days in purchases().items()}
    found = fitted("spring", EVENT, given, SPLIT)
    assert (found.worth, found.worth_evaluation) == (None, None)
    assert found.buying == model.buying
    assert {one.worth for one in scored(found, given, SPLIT.until, 26).values()} == {None}
    assert read_model(model_text(found)) == found


def test_too_few_customers_make_no_model() -> None:
    with pytest.raises(Invalid) as refused:
        fitted("spring", EVENT, purchases(60), SPLIT)
    assert refused.value.code == "SCORES_FEW"


def test_cut_points_are_read_as_they_were_written_of_recency_in_days(model: ScoreModel) -> None:
    points = (-210.0, -90.0, -30.0, -7.0)
    cuts = CutPoints("recencyQuintile", "recency", "0123", 200, points)
    given = replace(model, quintiles=(cuts, replace(cuts, trait="spent", of="monetary")))
    assert told(given)["quintiles"][0] == CUTS
    assert read_model(model_text(given)) == given
    assert given.ranks_by == (model.version, given.quintiles)


def test_a_file_without_quintiles_is_one_of_before(model: ScoreModel) -> None:
    before = {**told(model), "format": 1}
    del before["quintiles"]
    assert read_model(json.dumps(before)) == model


def test_a_file_is_read_as_it_was_written(model: ScoreModel, tmp_path: Path) -> None:
    path = tmp_path / "spring.json"
    path.write_text(model_text(model))
    assert load_model(path) == model
    assert not any(name in path.read_text() for name in ('"c1"', '"c299"'))


def changed(model: ScoreModel, **parts: Any) -> str:
    return json.dumps({**json.loads(model_text(model)), **parts})


@pytest.mark.parametrize(
    "parts",
    [
        {"format": 3},
        {"quintiles": [{**CUTS, "points": [7, 30, 90, 210]}]},
        {"quintiles": [{**CUTS, "points": [210, 90, 30]}]},
        {"quintiles": [{**CUTS, "of": "length"}]},
        {"quintiles": [CUTS, CUTS]},
        {"version": "../up"},
        {"buying": {"r": 0, "alpha": 1, "a": 1, "b": 1}},
        {"buying": {"r": 1, "alpha": 1, "a": 1}},
        {"more": 1},
        {"worse": ["counts", "order", "worth"]},
        {"until": "yesterday"},
    ],
)
def test_a_file_that_is_not_understood_is_refused(model: ScoreModel, parts: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        read_model(changed(model, **parts))
    assert refused.value.code == "SCORE_MODEL_INVALID"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_model(tmp_path / "none.json")
    assert refused.value.code == "SCORE_MODEL_INVALID"


def test_worth_is_compared_with_means_of_those_who_bought_before_and_after() -> None:
    given = purchases()
    found = evaluated_worth(given, SPLIT)
    assert found is not None
    assert found.customers == sum(
        min(days) <= SPLIT.at and max(days) > SPLIT.at for days in given.values()
    )
    assert found.errors["model"] < found.errors["everybody"]
    assert abs(found.correlation) < 0.3
    for model, worse in ((1.9, []), (2.0, ["worth"]), (2.5, ["worth"])):
        errors = {"model": model, "own_mean": 2.0, "everybody": 3.0}
        assert replace(found, errors=errors).worse == worse


def test_correlation() -> None:
    rows = [Repeats(1, 2.0), Repeats(2, 4.0), Repeats(3, 6.0)]
    assert correlation(rows) == pytest.approx(1.0)
    assert correlation([]) == correlation(rows[:1]) == 0.0


def test_half_of_the_time_is_known() -> None:
    assert halved({"a": {10: 1.0, 30: 1.0}, "b": {20: 1.0}}, until=40) == Split(25, 40)
