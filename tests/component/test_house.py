"""A warm masked query takes no long way through the house (decision 54)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES, MOVES = 92, 197
"""Of all threads. To be lowered with what is saved, and raised by nobody without a reason."""
LOOP_FILES, LOOP_MOVES = 49, 103


@pytest.mark.slow
def test_a_warm_query_enters_no_more_files_and_makes_no_more_moves() -> None:
    script = str(ROOT / "benchmarks/house.py")
    told = subprocess.run(
        [sys.executable, script, "--json"], capture_output=True, check=True, timeout=600
    )
    walked = json.loads(told.stdout)
    assert walked["files"] <= FILES, walked["entered"]
    assert walked["moves"] <= MOVES, walked["of"]
    loop = walked["loop"]
    assert loop["files"] <= LOOP_FILES, walked["entered"]
    assert loop["moves"] <= LOOP_MOVES, walked["of"]
    # A walk that saw nothing would hold every bound.
    assert loop["files"] > LOOP_FILES // 2
