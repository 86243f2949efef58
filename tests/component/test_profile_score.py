"""`c360 profile score`: what a model expects becomes traits of customers, as sources say them."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.ticks import tick_entry
from c360_kernel.log.topics import DECISIONS, RECORDS
from c360_kernel.payload import DecisionMade, RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_profile.domain.query import CustomerQuery
from c360_profile.domain.scores.model_file import load_model, model_text
from typer.testing import CliRunner

from c360_cli.api import asking
from c360_cli.assembly import assemble
from c360_cli.main import app
from tests.component.buying_world import CUSTOMERS, DAY, buyers, entries, filled

TRAITS = """
  expectedPurchases: {type: float, tag: behaviour, survivorship: latest, minimum: 0}
  expectedWorth: {type: float, tag: financial, survivorship: latest, minimum: 0}
  recencyQuintile: {type: int, tag: behaviour, survivorship: latest, minimum: 1, maximum: 5}
  frequencyQuintile: {type: int, tag: behaviour, survivorship: latest, minimum: 1, maximum: 5}
  monetaryQuintile: {type: int, tag: financial, survivorship: latest, minimum: 1, maximum: 5}
events:
"""
LIVE = """
computed:
  liveRecency: {kind: quintile, of: recency, event: order_completed, tag: behaviour}
  liveFrequency: {kind: quintile, of: frequency, event: order_completed, tag: behaviour}
  liveMonetary: {kind: quintile, of: monetary, event: order_completed, property: amount,
    tag: financial}
"""
QUINTILES = ("recencyQuintile", "frequencyQuintile", "monetaryQuintile")
LIVE_QUINTILES = ("liveRecency", "liveFrequency", "liveMonetary")
SOURCE = """
sources:
  insight: {priority: 9}
"""


def declared(directory: Path) -> Path:
    """An instance whose catalog has a place for scores."""
    assemble(directory)
    path = directory / "catalog.yaml"
    text = path.read_text("utf-8").replace("\nevents:\n", TRAITS, 1)
    path.write_text(text.replace("\nsources:\n", SOURCE, 1) + LIVE, "utf-8")
    return directory


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = filled(declared(tmp_path_factory.mktemp("scores") / "data"), entries())
    arguments = ["profile", "fit", "--data", str(made), "--version", "v"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    return made


class Instance:
    """Takes what is sent to it, and keeps it as the entries that the collector would append."""

    def __init__(self, refusing: str = "", stamps_from: int = 50_000) -> None:
        self.entries: list[NewEntry] = []
        self.said: list[RecordUpserted] = []
        self._stamps_from = stamps_from
        self._refusing = refusing

    def __call__(self, request: Any) -> dict[str, Any]:
        variables = json.loads(request.data)["variables"]
        name, items = next(iter(variables.items()))
        make, field = {
            "items": (self._decision, "decideIdentity"),
            "records": (self._record, "upsertRecords"),
        }[name]
        results = [{"index": place, **make(item)} for place, item in enumerate(items)]
        return {"data": {field: {"results": results}}}

    def _decision(self, item: Mapping[str, Any]) -> dict[str, str | None]:
        if self._refusing == "ROLE":
            return {"status": "REFUSED", "code": self._refusing}
        a, b = (RecordKey(**item[side]) for side in "ab")
        made = DecisionMade(item["decisionId"], "same", min(a, b), max(a, b), actor="me")
        self._append(new_entry(DECISIONS, str(min(a, b)), made))
        return {"status": "ACCEPTED", "code": "SAME_RECORD_UNKNOWN"}

    def _record(self, item: Mapping[str, Any]) -> dict[str, str | None]:
        if self._refusing:
            return {"status": "REFUSED", "code": self._refusing}
        key = RecordKey(item["source"], item["key"])
        at = self._stamps_from + len(self.entries)
        made = RecordUpserted(key, at, at, traits=item["traits"])
        self.said.append(made)
        self._append(new_entry(RECORDS, str(key), made))
        return {"status": "ACCEPTED", "code": None}

    def _append(self, entry: NewEntry) -> None:
        number = self._stamps_from + len(self.entries)
        self.entries.append(replace(entry, stamp=f"{number:028x}", id=f"s{number}"))


def run(instance: Instance, data: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Any:
    monkeypatch.setattr(asking, "_answer", instance)
    arguments = ["profile", "score", str(data / "scores" / "v.json"), "--data", str(data), *more]
    return CliRunner().invoke(app, arguments)


def customers(data: Path) -> dict[str, Mapping[str, Any]]:
    """Golden traits of all live customers."""

    async def read() -> dict[str, Mapping[str, Any]]:
        store: Any = assemble(data).service("profile").open_store()
        page = await store.page(CustomerQuery(), 1_000)
        await store.close()
        return {one.id: one.traits for one in page}

    return asyncio.run(read())


@pytest.fixture(scope="module")
def scored(data: Path) -> Path:
    """The same with the scores of all its customers."""
    made, instance = Path(shutil.copytree(data, data.with_name("scored"))), Instance()
    with pytest.MonkeyPatch.context() as patch:
        result = run(instance, made, patch, "--json")
    assert json.loads(result.stdout) == {"version": "v", "written": CUSTOMERS, "refused": {}}
    return filled(made, instance.entries)


def test_scores_become_golden_traits_and_are_said_once(
    data: Path, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = customers(data), customers(scored)
    # Nobody is a customer of scores alone, and nobody is another customer than before.
    assert after.keys() == before.keys()
    expected = [traits["expectedPurchases"] for traits in after.values()]
    assert len(expected) == CUSTOMERS and len(set(expected)) > CUSTOMERS / 3
    again = Instance()
    assert run(again, scored, monkeypatch).exit_code == 0
    assert again.entries == []


def test_quintiles_are_said_of_whoever_bought_within_the_days(
    scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [[traits[name] for name in QUINTILES] for traits in customers(scored).values()]
    assert {value for one in found for value in one} <= {1, 2, 3, 4, 5}
    assert all(max(column) == 5 for column in zip(*found, strict=True))
    lately = Instance()
    assert run(lately, scored, monkeypatch, "--rfm-days", "20").exit_code == 0
    without = [one for one in lately.said if "recencyQuintile" not in one.traits]
    assert 0 < len(without) < CUSTOMERS
    assert all("expectedPurchases" in one.traits for one in without)


def test_live_quintiles_are_those_that_are_written_on_the_day_of_the_fit(
    tmp_path: Path, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(shutil.copytree(scored, tmp_path / "data"))
    today = max(day for bought in buyers() for day, _ in bought)
    filled(here, [tick_entry(today * DAY + 5)])
    assert not any("liveRecency" in traits for traits in customers(here).values())
    monkeypatch.setenv("C360_PROFILE_MODEL", str(here / "scores" / "v.json"))
    filled(here, [])
    for traits in customers(here).values():
        live = [traits[name] for name in LIVE_QUINTILES]
        assert live == [traits[name] for name in QUINTILES]
    # Twenty days later recency is worse, of nobody better, and what was spent is what it was.
    before = customers(here)
    filled(here, [tick_entry((today + 20) * DAY)])
    after = customers(here)
    worse = [(before[name]["liveRecency"], traits["liveRecency"]) for name, traits in after.items()]
    assert all(was >= now for was, now in worse) and any(was > now for was, now in worse)
    assert all(before[n]["liveMonetary"] == traits["liveMonetary"] for n, traits in after.items())
    check = ["profile", "recompute", "--check", "--data", str(here)]
    assert CliRunner().invoke(app, check).exit_code == 0
    monkeypatch.setenv("C360_PROFILE_MODEL", str(here / "none.json"))
    assert getattr(CliRunner().invoke(app, check).exception, "code", "") == "SCORE_MODEL_INVALID"


def test_of_customers_that_became_one_one_record_says_the_score(
    tmp_path: Path, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "data"
    shutil.copytree(scored, here)
    first, second = RecordKey("crm", "k0"), RecordKey("crm", "k1")
    made = DecisionMade("d1", "same", first, second, actor="me")
    joined = new_entry(DECISIONS, str(first), made, stamp=f"{90_000:028x}", entry_id="d1")
    filled(here, [joined])
    instance = Instance(stamps_from=91_000)
    assert run(instance, here, monkeypatch).exit_code == 0
    said = {one.record: one.traits for one in instance.said}
    # Of one buyer less others stand elsewhere among all.
    assert said.keys() >= {RecordKey("insight", "crm/k0"), RecordKey("insight", "crm/k1")}
    assert said[RecordKey("insight", "crm/k0")].keys() >= {"expectedPurchases"}
    assert said[RecordKey("insight", "crm/k1")] == {}
    filled(here, instance.entries)
    assert run(again := Instance(), here, monkeypatch).exit_code == 0
    assert again.entries == []


def test_nothing_more_is_said_of_who_has_not_granted_a_purpose(
    tmp_path: Path, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "data"
    shutil.copytree(scored, here)
    instance = Instance(stamps_from=95_000)
    assert run(instance, here, monkeypatch, "--purpose", "analytics").exit_code == 0
    # Whoever granted it may stand elsewhere among those who did.
    taken_back = [one.record for one in instance.said if one.traits == {}]
    assert len(taken_back) == CUSTOMERS / 2
    assert {int(one.key.removeprefix("crm/k")) % 2 for one in taken_back} == {0}


def test_who_may_not_decide_writes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = Instance("ROLE")
    result = run(instance, data, monkeypatch)
    assert result.exit_code == 1
    assert result.stdout.strip() == f"v: 0 written, {CUSTOMERS} refused: ROLE"
    assert instance.entries == []


def test_what_is_refused_is_told_by_its_code(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(Instance("TYPE_MISMATCH"), data, monkeypatch, "--weeks", "8")
    assert result.exit_code == 1
    assert result.stdout.strip() == f"v: 0 written, {CUSTOMERS} refused: TYPE_MISMATCH"


def test_a_model_that_counts_no_better_than_none_is_not_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "scores" / "v.json"
    text, model = path.read_text(), load_model(path)
    errors = {**model.evaluation.errors, "own_rate": 0.0}
    path.write_text(model_text(replace(model, evaluation=replace(model.evaluation, errors=errors))))
    instance = Instance()
    result = run(instance, data, monkeypatch)
    path.write_text(text)
    assert getattr(result.exception, "code", "") == "SCORES_WORSE"
    assert instance.entries == []


def test_scores_need_a_place_in_the_catalog(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = filled(tmp_path / "plain", entries()[:3])
    (plain / "scores").mkdir()
    (plain / "scores" / "v.json").write_text((data / "scores" / "v.json").read_text())
    result = run(Instance(), plain, monkeypatch)
    assert getattr(result.exception, "code", "") == "SCORES_UNDECLARED"
