"""What docs/clients.md shows of a program is what the program says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"^```(js|python)\n(.*?)^```", (ROOT / "docs/clients.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_a_block_stands_in_an_example(language: str, block: str) -> None:
    suffix = {"js": "*.js", "python": "*.py"}[language]
    programs = [file.read_text() for file in (ROOT / "examples/clients").glob(suffix)]
    assert any(block in program for program in programs)


def test_each_client_is_shown() -> None:
    assert [language for language, _ in BLOCKS] == ["js", "js", "js", "python"]
