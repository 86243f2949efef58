"""docs/glossary.md: each term once, in rooms and pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/glossary.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^|]+)` \|$", PAGE, re.MULTILINE)


def test_every_row_has_a_room_that_exists() -> None:
    assert len(ROWS) > 40
    assert len(ROWS) == len(re.findall(r"^\| (?!term|-)", PAGE, re.MULTILINE))
    assert [room for _, _, room in ROWS if not (ROOT / room).is_dir()] == []


def test_a_term_is_told_once() -> None:
    terms = [term for term, _, _ in ROWS]
    assert len(set(terms)) == len(terms)


def test_pages_that_it_names_exist() -> None:
    linked = re.findall(r"\]\(([^)#]+)", PAGE)
    assert [page for page in linked if not (ROOT / "docs" / page).exists()] == []
    for term in ("hybrid logical clock", "outbox", "circuit breaker", "single flight"):
        assert f"| {term} |" in PAGE
