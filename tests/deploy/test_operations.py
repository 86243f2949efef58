"""docs/operations.md is true: its commands run, its metrics are those that exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from c360_kernel.metrics import CONSUMER_LAG, INSTRUMENTS

from tests.deploy.rendering import K8S, ROOT
from tests.e2e.running import Running, digest, free_port

GUIDE = (ROOT / "docs/operations.md").read_text()
ERRORS = (ROOT / "docs/errors.md").read_text()
DASHBOARD: dict[str, Any] = json.loads((K8S / "components/monitoring/dashboard.json").read_text())
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((K8S / "components/monitoring/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
EXPORTED = {instrument.name for instrument in INSTRUMENTS} | {CONSUMER_LAG}
_SUFFIX = re.compile(r"_(bucket|sum|count)$")
_METRIC = re.compile(r"\bc360_[a-z_]+\b")
_CODES = re.compile(r"code=~?\"([A-Z_|]+)\"")
_TYPE = re.compile(r"# TYPE (\S+) (\w+)")
_ALERT_ROW = re.compile(r"^(\| `.+` \| (?:at once|\d+ min) \| .+ \|)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `(c360_\w+)` \| (counter|gauge|histogram) \|", re.MULTILINE)
PORT_IN_THE_GUIDE = "8371"


def _metrics_in(text: str) -> set[str]:
    return {_SUFFIX.sub("", name) for name in _METRIC.findall(text)}


def _expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def test_the_guide_lists_exactly_the_metrics_that_are_exported() -> None:
    assert {name for name, _ in _ROW.findall(GUIDE)} == EXPORTED


def test_a_metric_is_of_the_type_that_the_guide_says() -> None:
    found = dict(_ROW.findall(GUIDE))
    types = dict(_TYPE.findall("\n".join(line for one in INSTRUMENTS for line in one.lines())))
    assert types | {CONSUMER_LAG: "gauge"} == found


def test_every_metric_that_the_guide_names_is_in_its_contract() -> None:
    assert _metrics_in(GUIDE) <= EXPORTED


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    assert _metrics_in(" ".join(_expressions())) == EXPORTED


def test_every_alert_asks_for_metrics_that_exist() -> None:
    for rule in ALERTS:
        output = _metrics_in(rule["expr"])
        assert output <= EXPORTED, rule["alert"]
        assert output or rule["expr"].startswith("up{"), rule["alert"]


def test_every_alert_asks_for_codes_that_exist() -> None:
    named = [codes for rule in ALERTS for codes in _CODES.findall(rule["expr"])]
    variables = {code for codes in named for code in codes.split("|")}
    assert variables
    assert variables - {"PARTIAL", "OK"} <= set(re.findall(r"`([A-Z_]+)`", ERRORS))


def test_the_guide_says_of_every_alert_what_it_means() -> None:
    rows = [re.split(r"(?<!\\) \| ", row.strip("| ")) for row in _ALERT_ROW.findall(GUIDE)]
    values = {(row[0].strip("`").replace("\\|", "|"), row[1].replace(" min", "m")) for row in rows}
    assert values == {(rule["expr"], rule.get("for", "at once")) for rule in ALERTS}
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    assert all(len(row) == 3 and row[2] for row in rows)


def test_the_parts_that_the_guide_refers_to_exist() -> None:
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    parts = {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    referred = set(re.findall(r"\]\(#([\w-]+)\)", GUIDE))
    runbooks = {rule["annotations"]["runbook"].partition("#")[2] for rule in ALERTS}
    assert referred | runbooks <= parts


def test_histograms_are_read_by_their_buckets() -> None:
    histograms = {name for name, kind in _ROW.findall(GUIDE) if kind == "histogram"}
    for expression in _expressions():
        for name in histograms & _metrics_in(expression):
            assert f"{name}_bucket" in expression and "le" in expression


def test_panels_have_places_of_their_own() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("folder", ["k8s", "scripts"])
def test_every_file_of_operations_that_the_guide_names_exists(folder: str) -> None:
    named = re.findall(rf"`({folder}/[\w./-]+)", GUIDE)
    assert named
    assert all((ROOT / name).exists() for name in named)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, Running]]:
    """A directory to run the guide's commands in, with a running instance in data/mine."""
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "data").mkdir()
    with Running(tmp_path / "data" / "mine") as running:
        yield tmp_path, running


@pytest.mark.slow
def test_the_commands_of_back_up_and_restore_run_and_give_the_same_digests(
    place: tuple[Path, Running],
) -> None:
    directory, running = place
    record = '{source: "crm", key: "1", traits: {name: "A", phone: "13900000001"}}'
    upsert = f"upsertRecords(records: [{record}], wait: PROFILE) {{ results {{ status }} }}"
    running.ask("connector", f"mutation {{ {upsert} }}")
    running.settle()
    commands = "\n".join(_BLOCK.findall(GUIDE)).replace(PORT_IN_THE_GUIDE, str(free_port()))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=directory,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == digest(running.data)
