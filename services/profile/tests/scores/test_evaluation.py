"""A model is held against what came later, and knows nothing of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from c360_profile.domain.scores.accuracy import auc, calibration, rmse, share_of_top
from c360_profile.domain.scores.evaluation import evaluated, predicted, turned
from c360_profile.domain.scores.history import Purchases

from services.profile.tests.scores.selling import SPLIT, purchases


def test_a_model_is_better_than_none_where_customers_are_as_it_says() -> None:
    found = evaluated(purchases(), SPLIT)
    assert found.customers == 300
    assert found.errors["model"] < found.errors["own_rate"]
    assert found.predicted == pytest.approx(found.actual, rel=0.25)
    assert "counts" not in found.worse
    assert not found.leaks
    assert sum(one.customers for one in found.calibration) == 300
    counted = sum(one.customers * one.actual for one in found.calibration)
    assert counted == pytest.approx(found.actual)


def test_nothing_that_came_after_the_split_changes_what_is_said_at_it() -> None:
    now = purchases()
    cut = {name: {d: v for d, v in days.items() if d <= SPLIT.at} for name, days in now.items()}
    assert predicted(now, SPLIT) == predicted(turned(now, SPLIT), SPLIT) == predicted(cut, SPLIT)
    later = {name for name, days in now.items() if max(days) > SPLIT.at}
    assert {name for name, days in turned(now, SPLIT).items() if max(days) <= SPLIT.at} == later


def test_a_leak_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from c360_profile.domain.scores import evaluation

    def peeking(purchases: Purchases, until: int) -> object:
        return histories(purchases, until + 100)

    histories = evaluation.histories
    monkeypatch.setattr(evaluation, "histories", peeking)
    assert evaluation.evaluated(purchases(), SPLIT).leaks


def test_it_says_in_what_a_model_is_worse_than_none() -> None:
    found = evaluated(purchases(), SPLIT)
    errors = {"model": 2.0, "own_rate": 1.9, "mean_rate": 3.0}
    order = {"model": 0.7, "recency": 0.7}
    assert replace(found, errors=errors, order=order).worse == ["counts", "order"]
    errors, order = {**errors, "model": 1.8}, {"model": 0.71, "recency": 0.7}
    assert replace(found, errors=errors, order=order).worse == []


def test_measures_of_error_and_order() -> None:
    said = {"a": 3.0, "b": 1.0, "c": 1.0, "d": 0.0}
    actual = {"a": 2, "b": 1, "c": 0, "d": 0}
    assert rmse(said, actual) == pytest.approx(math.sqrt(0.5))
    assert auc(said, actual) == pytest.approx(3.5 / 4)
    assert auc(said, dict.fromkeys(said, 0)) is None
    assert share_of_top(said, dict.fromkeys(said, 0)) is None
    assert share_of_top(said, actual) == pytest.approx(2 / 3)
    assert [one.customers for one in calibration(said, actual)] == [1, 1, 1, 1]
