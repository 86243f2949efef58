"""`c360 profile fit`: from purchases on the log to a model file, with what it is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from c360_kernel.log.topics import EVENTS
from c360_kernel.payload import EventTracked
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_profile.domain.scores.model_file import load_model
from typer.testing import CliRunner

from c360_cli.main import app
from tests.component.buying_world import CUSTOMERS, DAY, buyers, entries, filled


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("scores") / "data", entries())


def run(data: Path, *arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, ["profile", "fit", "--data", str(data), *arguments])
    return result.exit_code, result.stdout.strip(), result.exception


def test_a_model_is_written_beside_the_catalog_with_its_evaluation(data: Path) -> None:
    code, said, _ = run(data, "--json", "--version", "spring")
    assert code == 0
    report = json.loads(said)
    bought = list(buyers())
    assert report["read"]["purchases"] == sum(map(len, bought))
    assert report["read"]["withoutAmount"] == report["read"]["otherCurrency"] == 0
    path = data / "scores" / "spring.json"
    assert report["path"] == str(path)
    assert report["model"] == json.loads(path.read_text())
    assert "Person" not in path.read_text()
    model = load_model(path)
    assert model.customers == CUSTOMERS
    assert model.event == ("order_completed", "amount", "CNY")
    assert model.evaluation.actual == sum(
        len({day for day, _ in one if day > model.evaluation.split.at})
        for one in bought
        if one[0][0] <= model.evaluation.split.at
    )
    assert report["model"]["worse"] == list(model.worse)


def test_a_version_keeps_what_it_is(data: Path) -> None:
    assert run(data, "--version", "once")[0] == 0
    before = (data / "scores" / "once.json").read_text()
    code, _, error = run(data, "--version", "once")
    assert code != 0 and getattr(error, "code", "") == "FILE_UNUSABLE"
    assert (data / "scores" / "once.json").read_text() == before


def test_a_person_is_told_in_what_it_is_worse_than_no_model(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.json"
    code, said, _ = run(data, "--out", str(out))
    assert code == 0
    worse = load_model(out).worse
    assert said.count("WORSE THAN NO MODEL") == len(worse)
    assert "calibration" in said and "no leak" in said


def test_those_who_granted_a_purpose_alone_are_read(data: Path, tmp_path: Path) -> None:
    arguments = ("--purpose", "analytics", "--json", "--out", str(tmp_path / "m.json"))
    code, said, error = run(data, *arguments)
    assert (code != 0) and getattr(error, "code", "") == "SCORES_FEW"
    assert said == ""
    assert not (tmp_path / "m.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--event", "no_such"), "PURCHASES_UNKNOWN"),
        (("--amount", "orderId"), "PURCHASES_UNKNOWN"),
        (("--purpose", "no_such"), "PURCHASES_UNKNOWN"),
        (("--currency", "EUR"), "SCORES_FEW"),
        (("--until", "2022-02-01"), "SCORES_FEW"),
        (("--split", "2099-01-01"), "SCORES_FEW"),
        (("--version", "../up"), "SCORE_MODEL_INVALID"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    found, _, error = run(data, "--out", str(tmp_path / "m.json"), *arguments)
    assert found != 0
    assert getattr(error, "code", "") == code
    assert not (tmp_path / "m.json").exists()


def test_several_currencies_are_not_added_up(tmp_path: Path) -> None:
    key = RecordKey("crm", "k")
    both = [
        EventTracked(key, name, "order_completed", 5 * DAY, (), {"amount": 2.0, "currency": name})
        for name in ("CNY", "EUR")
    ]
    given = [new_entry(EVENTS, str(key), one, stamp=f"{n:028x}") for n, one in enumerate(both)]
    code, _, error = run(filled(tmp_path / "data", given))
    assert code != 0 and getattr(error, "code", "") == "PURCHASES_MIXED"
