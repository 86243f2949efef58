"""The README's commands run as they stand, from a checkout that has been set up."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# CI has run these by themselves before it comes here.
_RUN_BY_CI = {"make test\nmake lint\n"}

BLOCKS = [b for b in _BLOCK.findall((ROOT / "README.md").read_text()) if b not in _RUN_BY_CI]
# Where it keeps an instance, and what is made of its log.
MADE = ("data/mine", "data/again")


def _run(block: str) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "block", [b for b in BLOCKS if MADE[1] not in b], ids=lambda block: block.splitlines()[0]
)
def test_a_block_of_commands_runs(block: str) -> None:
    _run(block)


def test_one_that_replays_runs_and_ends_in_equal_digests() -> None:
    """One test: another process may take the next one before this has made what it looks at."""
    for name in MADE:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    (block,) = [b for b in BLOCKS if MADE[1] in b]
    _run(block)
    digests = [
        subprocess.run(
            [ROOT / ".venv/bin/c360", "digest", "--data", ROOT / name],
            capture_output=True,
            check=True,
        ).stdout
        for name in MADE
    ]
    assert digests[0] == digests[1] != b""
