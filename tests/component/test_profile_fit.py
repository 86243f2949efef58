"""`c360 profile fit`: from purchases on the log to a model file, with what it is worth."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import CONSENTS, EVENTS, RECORDS
from c360_kernel.payload import ConsentRecorded, EventTracked, Payload, RecordUpserted
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.testing.entries import new_entry
from c360_profile.domain.scores.model_file import load_model
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.main import app
from c360_cli.projections.draining import drain

_DAY = 86_400_000
_BEGIN = 19_000
_DAYS = 400
_CUSTOMERS = 160


def buyers() -> Iterator[list[tuple[int, float]]]:
    """Of each customer the days it bought on and what it spent, always the same."""
    chance = Random(11)
    for _ in range(_CUSTOMERS):
        rate, leaving = chance.gammavariate(0.8, 1 / 20) + 1e-4, chance.betavariate(1.2, 3)
        likes, day = chance.uniform(10, 90), float(chance.randrange(60))
        bought: list[tuple[int, float]] = []
        while day <= _DAYS:
            bought.append((_BEGIN + int(day), round(likes * chance.uniform(0.5, 1.5), 2)))
            if chance.random() < leaving:
                break
            day += chance.expovariate(rate)
        yield bought


def payloads() -> Iterator[tuple[str, str, Payload]]:
    for number, bought in enumerate(buyers()):
        key = RecordKey("crm", f"k{number}")
        yield RECORDS, str(key), RecordUpserted(key, 1, 1, traits={"name": f"Person {number}"})
        answer = "granted" if number % 2 else "denied"
        yield CONSENTS, str(key), ConsentRecorded(key, "analytics", answer, 5, "form")
        for place, (day, amount) in enumerate(bought):
            properties: dict[str, TraitValue] = {"amount": amount, "currency": "CNY"}
            at = day * _DAY + 3_600_000
            event = EventTracked(key, f"{number}-{place}", "order_completed", at, (), properties)
            yield EVENTS, str(key), event


def entries() -> list[NewEntry]:
    return [
        new_entry(topic, key, payload, stamp=f"{number:028x}", entry_id=f"e{number}")
        for number, (topic, key, payload) in enumerate(payloads())
    ]


def filled(directory: Path, given: list[NewEntry]) -> Path:
    instance = assemble(directory)
    services = instance.deriving

    async def fill() -> None:
        log = instance.open_log()
        await log.append(given)
        await drain(services, log)
        await log.close()

    asyncio.run(fill())
    return directory


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
    assert model.customers == _CUSTOMERS
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
        EventTracked(key, name, "order_completed", 5 * _DAY, (), {"amount": 2.0, "currency": name})
        for name in ("CNY", "EUR")
    ]
    given = [new_entry(EVENTS, str(key), one, stamp=f"{n:028x}") for n, one in enumerate(both)]
    code, _, error = run(filled(tmp_path / "data", given))
    assert code != 0 and getattr(error, "code", "") == "PURCHASES_MIXED"
