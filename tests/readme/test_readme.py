"""The README's commands run as they stand, from a checkout that has been set up."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# CI has run these by themselves before it comes here.
_RUN_BY_CI = {"make test\nmake lint\n"}

BLOCKS = [b for b in _BLOCK.findall((ROOT / "README.md").read_text()) if b not in _RUN_BY_CI]


@pytest.fixture
def clean_data() -> Iterator[None]:
    for name in ("mine", "again"):
        shutil.rmtree(ROOT / "data" / name, ignore_errors=True)
    yield


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_a_block_of_commands_runs(block: str, clean_data: None) -> None:
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


def test_the_digests_that_the_readme_compares_are_equal() -> None:
    digests = [
        subprocess.run(
            [ROOT / ".venv/bin/c360", "digest", "--data", ROOT / "data" / name],
            capture_output=True,
            check=True,
        ).stdout
        for name in ("mine", "again")
    ]
    assert digests[0] == digests[1] != b""
