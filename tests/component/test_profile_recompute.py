"""`c360 profile recompute --check`: computed traits that are kept, held against a batch."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import default_catalog_text
from typer.testing import CliRunner

from c360_cli.main import app
from tests.component.buying_world import CUSTOMERS, entries, filled

COMPUTED = """
computed:
  orders: {kind: count, event: order_completed, tag: behaviour}
  spent: {kind: sum, event: order_completed, property: amount, tag: financial}
  lately: {kind: sum, event: order_completed, property: amount, last: 3660 days, tag: financial}
lifecycle:
  lifecycleStage:
    tag: behaviour
    stages:
      - {stage: repeat, when: {trait: orders, op: at_least, value: 2}}
      - {stage: new, when: {trait: orders, op: exists}}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "catalog.yaml").write_text(default_catalog_text() + COMPUTED, "utf-8")
    return filled(directory, entries())


def run(data: Path, *arguments: str) -> tuple[int, str, BaseException | None]:
    given = ["profile", "recompute", "--data", str(data), *arguments]
    result = CliRunner().invoke(app, given)
    return result.exit_code, result.stdout.strip(), result.exception


def test_what_is_kept_is_what_a_batch_gives_and_what_is_not_is_named(data: Path) -> None:
    code, said, _ = run(data, "--check", "--json")
    assert json.loads(said) == {"customers": CUSTOMERS, "differing": 0, "traits": {}}
    assert code == 0
    with sqlite3.connect(data / "profile.db") as connection:
        changed = "UPDATE customer SET traits = json_set(traits, '$.spent', 123.25)"
        connection.execute(f"{changed} WHERE id IN (SELECT id FROM customer ORDER BY id LIMIT 3)")
    connection.close()
    code, said, _ = run(data, "--check")
    assert said == f"{CUSTOMERS} customers compared, 3 differ, spent of 3"
    assert code == 1


def test_it_only_checks(data: Path) -> None:
    assert run(data)[0] == 2


def test_a_catalog_that_computes_nothing_is_told_so(tmp_path: Path) -> None:
    code, _, error = run(filled(tmp_path / "data", entries()[:3]), "--check")
    assert code != 0
    assert getattr(error, "code", "") == "COMPUTED_NONE"
