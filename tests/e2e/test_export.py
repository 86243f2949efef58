"""An export of a live instance: whichever side is killed, all come out, and each once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.running import C360, COMMAND_S, STOP_S, Running

pytestmark = pytest.mark.slow
PEOPLE, AT_ONCE = 4_000, 1_000
UPSERT = """mutation($items: [RecordInput!]!) {
  upsertRecords(records: $items) { refused } }"""
ACTS = """{ operations(act: "export", first: 50) {
  edges { node { outcome details { name value } } } } }"""


def _fill(instance: Running) -> None:
    token = instance.token("connector", "--source", "crm")
    for begin in range(0, PEOPLE, AT_ONCE):
        items = [
            {"source": "crm", "key": str(one), "traits": {"email": f"p{one}@example.com"}}
            for one in range(begin, begin + AT_ONCE)
        ]
        _, answer = instance.post({"query": UPSERT, "variables": {"items": items}}, token)
        assert answer["data"]["upsertRecords"]["refused"] == 0, answer
    instance.settle()


def _begun(instance: Running, out: Path) -> subprocess.Popen[str]:
    where = ["--data", str(instance.data), "--url", instance.url]
    what = ["export", "--out", str(out), "--reason", "a test", "--fields", "email"]
    return subprocess.Popen(
        [C360, *what, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _rows_so_far(out: Path) -> int:
    state = out.with_name(f"{out.name}.part.json")
    return json.loads(state.read_text())["rows"] if state.exists() else 0


def _until_more_than(rows: int, out: Path) -> None:
    deadline = time.monotonic() + COMMAND_S
    while _rows_so_far(out) <= rows:
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.usefixtures("anywhere")
def test_an_export_goes_on_after_either_side_was_killed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with Running(tmp_path / "data") as instance:
        _fill(instance)
        killed = _begun(instance, out)
        _until_more_than(0, out)
        os.kill(killed.pid, signal.SIGKILL)
        assert killed.wait(STOP_S) == -signal.SIGKILL
        before = _rows_so_far(out)
        left = _begun(instance, out)
        _until_more_than(before, out)
        instance.kill_all()
        _, said = left.communicate(timeout=COMMAND_S)
        assert left.returncode == 2 and "INSTANCE_UNREACHABLE" in said
        assert 0 < before < _rows_so_far(out) < PEOPLE and not out.exists()

        instance.restart()
        done = _begun(instance, out)
        printed, said = done.communicate(timeout=COMMAND_S)
        assert done.returncode == 0, said
        assert "were there before this run" in said
        assert printed == f"exported {PEOPLE} customers to {out}\n"
        instance.settle()
        edges = instance.ask("auditor", ACTS)["data"]["operations"]["edges"]
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({one["id"] for one in rows}) == len(rows) == PEOPLE
    assert {one["email"] for one in rows} == {f"p{one}@example.com" for one in range(PEOPLE)}
    assert list(tmp_path.glob("out*")) == [out]
    acts = [edge["node"] for edge in edges]
    assert [one["outcome"] for one in acts].count("done") == 1
    (whole,) = (one for one in acts if one["outcome"] == "done")
    assert {"name": "rows", "value": str(PEOPLE)} in whole["details"]
