"""The Chinese README shows the same commands and answers as the English one, in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
READMES = ("README.md", "README.zh-CN.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_fenced_blocks_are_equal_and_in_order() -> None:
    english, chinese = (_FENCED.findall(text_of(name)) for name in READMES)
    assert len(english) > 4
    assert chinese == english


def test_sections_are_as_many() -> None:
    english, chinese = (re.findall(r"^## ", text_of(name), re.MULTILINE) for name in READMES)
    assert len(chinese) == len(english)


@pytest.mark.parametrize("name", READMES)
def test_what_is_linked_is_there(name: str) -> None:
    linked = {one for one in _LINK.findall(text_of(name)) if "://" not in one}
    assert linked
    assert [one for one in linked if not (ROOT / one).exists()] == []
