"""Each benchmark of `make bench` still runs: what it measures changes, and nobody else calls it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {
    "ingest": ["--size", "200"],
    "query": ["--size", "20"],
    "subgraph": ["--size", "20"],
    "policy": ["--size", "100"],
    "wake": ["--size", "20"],
    "large_customer": ["--size", "40"],
}


def _benched() -> Sequence[str]:
    made = (ROOT / "Makefile").read_text()
    listed = re.search(r"for name in ([\w ]+); do", made)
    assert listed is not None
    return listed[1].split()


def test_each_is_run_here_but_for_the_gateways_which_have_tests_of_their_own() -> None:
    assert {*_benched()} == {*SMALL, "gateway"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_it_runs_and_tells_figures(name: str) -> None:
    command = [sys.executable, str(ROOT / f"benchmarks/{name}.py"), "--json", *SMALL[name]]
    told = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout.splitlines()[-1])
