"""A model is trained without answers, and read from its file strictly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from c360_identity.domain.matching.model import Comparison, Model, term_hash
from c360_identity.domain.matching.model_file import (
    default_model,
    load_model,
    model_text,
    read_model,
)
from c360_identity.domain.matching.scoring import Forms, Scorer
from c360_identity.domain.matching.training import train
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.errors import SettingsError

_NAMES = Comparison("name", "name", (("first",), (), ("last",), (), ()))
_BORN = Comparison("born", "date", (("born",),))
_TOWN = Comparison("town", "text", (("town",),))
UNTRAINED = Model(
    "none", -10, 0, -5, (_NAMES, _BORN, _TOWN), (("name.word", "born.year"), ("born.all",)), 60
)
_FIRST = ("anna", "berta", "clara", "dora", "emil", "franz", "georg", "hugo", "ida", "karl")
_LAST = ("ahrens", "brandt", "cordes", "dreyer", "engel", "fuchs", "gruber", "huber", "jansen")


def _person(chance: Random, number: int) -> tuple[str, str, str, str]:
    born = f"{1900 + number % 97:04d}-{1 + chance.randrange(12):02d}-{1 + chance.randrange(28):02d}"
    town = "berlin" if chance.random() < 0.6 else chance.choice(("hamm", "ulm", "trier", "jena"))
    return chance.choice(_FIRST), chance.choice(_LAST), born, town


def _misspelt(chance: Random, text: str) -> str:
    place = chance.randrange(1, len(text))
    return text if chance.random() < 0.7 else text[:place] + "x" + text[place + 1 :]


def _records(seed: int) -> tuple[list[Forms], list[int]]:
    chance = Random(seed)
    records: list[Forms] = []
    people: list[int] = []
    for number in range(160):
        first, last, born, town = _person(chance, number)
        for _ in range(chance.choice((1, 2))):
            values = {
                "first": [_misspelt(chance, first)],
                "last": [_misspelt(chance, last)],
                "born": [born],
                "town": [town],
            }
            records.append(_forms(UNTRAINED, values))
            people.append(number)
    return records, people


def _forms(model: Model, values: dict[str, list[str]]) -> Forms:
    return tuple(
        one.kind.form([[v for name in names for v in values.get(name, [])] for names in one.fields])
        for one in model.comparisons
    )


@pytest.fixture(scope="module")
def trained() -> Model:
    return train(UNTRAINED, _records(1)[0], "trained")


def test_training_finds_who_is_one_person_in_records_it_has_not_seen(trained: Model) -> None:
    scorer = Scorer(trained)
    records, people = _records(2)
    right = wrong = missed = 0
    for b, other in enumerate(records):
        for a in range(b):
            says, is_one = scorer.bits(records[a], other) >= 0, people[a] == people[b]
            right, wrong = right + (says and is_one), wrong + (says and not is_one)
            missed += is_one and not says
    assert right > 50
    assert wrong <= 2
    assert missed <= 6


def test_likeness_counts_for_more_the_rarer_it_is(trained: Model) -> None:
    scorer = Scorer(trained)
    common, rare = (_forms(trained, {"town": [town]}) for town in ("berlin", "trier"))
    assert scorer.bits(rare, rare) > scorer.bits(common, common) + 1


def test_a_model_holds_no_values(trained: Model) -> None:
    text = model_text(trained)
    assert term_hash("berlin") in text
    assert not any(name in text for name in (*_FIRST, *_LAST, "berlin"))


def test_rare_values_are_not_even_hashed(trained: Model) -> None:
    counts = trained.comparisons[1].frequencies[""].counts
    assert all(count >= 3 for count in counts.values())


def test_few_records_leave_a_model_nearly_as_it_was() -> None:
    known = default_model()
    values = {"name": ["Ann Roe"], "birthDate": ["1990-01-02"]}
    small = train(known, [_forms(known, values)] * 4, "small")
    for before, after in zip(known.comparisons, small.comparisons, strict=True):
        for part, odds in before.odds.items():
            for old, new in zip(odds, after.odds[part], strict=True):
                assert abs(old.m - new.m) < 0.08


def test_what_tells_nothing_is_not_trained_to() -> None:
    known = default_model()
    said = {"name": ["Ann Roe"], "birthDate": ["1990-01-02"], "identifiers.device": ["tablet"]}
    for count in (1, 4, 200):
        made = train(known, [_forms(known, said)] * count, "more")
        (before,) = (one for one in known.comparisons if one.name == "device")
        (after,) = (one for one in made.comparisons if one.name == "device")
        assert after == before
        assert after.is_weightless
    assert [one.name for one in known.comparisons if one.is_weightless] == ["device"]


def test_the_parts_of_a_score_are_all_of_it(trained: Model) -> None:
    scorer = Scorer(trained)
    records, _ = _records(3)
    for one, other in pairwise(records):
        score = scorer.score(one, other)
        assert score.bits == pytest.approx(scorer.bits(one, other))
        assert score.bits == pytest.approx(sum(part.bits for part in score.parts))


def test_a_trained_model_comes_back_from_its_file(trained: Model, tmp_path: Path) -> None:
    again = read_model(model_text(trained))
    assert model_text(again) == model_text(trained)
    file = tmp_path / "model.json"
    file.write_text(model_text(default_model()))
    assert load_model(file, default_catalog()) == default_model()


def _without(*path: str) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for name in path[:-1]:
            content = content[int(name) if name.isdigit() else name]
        del content[path[-1]]

    return change


def _with(value: object, *path: str) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for name in path[:-1]:
            content = content[int(name) if name.isdigit() else name]
        content[path[-1]] = value

    return change


def test_a_model_without_what_is_new_is_named_as_before(trained: Model) -> None:
    assert (trained.dependent, trained.second) == ((), 0.0)
    assert trained.digest == hashlib.sha256(repr(trained).encode()).hexdigest()
    assert "second" not in model_text(trained)
    bounds = (10, *(0 for _ in trained.blocks[1:]))
    others = (
        replace(trained, second=3.0),
        replace(trained, dependent=(("born", "town"),)),
        replace(trained, bounds=bounds),
    )
    assert len({trained.digest, *(one.digest for one in others)}) == 4
    assert read_model(model_text(others[2])).bounds == bounds
    for one in others:
        assert read_model(model_text(one)).digest != read_model(model_text(trained)).digest


@pytest.mark.parametrize(
    "change",
    [
        _without("version"),
        _without("comparisons", "0", "odds", "given"),
        _without("comparisons", "0", "odds", "given", "near"),
        _with(2, "format"),
        _with("../x", "version"),
        _with(1, "unknown"),
        _with("nan", "prior"),
        _with(50, "review"),
        _with("nose", "comparisons", "0", "kind"),
        _with([["name"]], "comparisons", "0", "fields"),
        _with([["columns.x"]], "comparisons", "1", "fields"),
        _with([0, 0.1], "comparisons", "1", "odds", "", "same"),
        _with([1.0, 1.0], "comparisons", "1", "odds", "", "same"),
        _with([["name.nothing"]], "blocks"),
        _with([["nobody.all"]], "blocks"),
        _with([[]], "blocks"),
        _with([], "blocks"),
        _with(1, "largest_block"),
        _with([{"of": ["name.names"], "largest": 1}], "blocks"),
        _with([{"of": ["name.names"]}], "blocks"),
        _with([{"of": [], "largest": 10}], "blocks"),
        _with([{"of": ["name.nothing"], "largest": 10}], "blocks"),
        _with([{"of": ["name.names"], "largest": 10, "more": 1}], "blocks"),
        _with(-1, "second"),
        _with([["city"]], "dependent"),
        _with([["city", "town"]], "dependent"),
        _with([["city", "address"], ["postcode", "city"]], "dependent"),
    ],
)
def test_what_is_not_understood_is_refused(change: Callable[[Any], None]) -> None:
    content = json.loads(model_text(default_model()))
    change(content)
    with pytest.raises(SettingsError) as refused:
        read_model(json.dumps(content))
    assert refused.value.code == "MODEL_INVALID"


def test_a_model_of_another_catalog_is_refused(tmp_path: Path) -> None:
    model = default_model()
    (first, *rest) = model.comparisons
    other = replace(first, fields=(("nickname",), *first.fields[1:]))
    file = tmp_path / "model.json"
    file.write_text(model_text(replace(model, comparisons=(other, *rest))))
    with pytest.raises(SettingsError, match="nickname"):
        load_model(file, default_catalog())
    with pytest.raises(SettingsError):
        load_model(tmp_path / "none.json", default_catalog())
