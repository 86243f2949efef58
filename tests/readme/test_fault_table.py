"""The table of faults names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_TREE = Path(__file__).parents[2]
_NAMED = re.compile(r"`((?:tests|libs|services)/\S+?\.py)(?:::(\w+))?`")
NAMED = sorted(set(_NAMED.findall((_TREE / "tests/README.md").read_text("utf-8"))))


def test_there_are_tests() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_is_there(file: str, test: str) -> None:
    text = (_TREE / file).read_text("utf-8")
    assert f"def {test}(" in text if test else "def test_" in text
