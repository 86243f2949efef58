"""docs/import.md tells the truth: every example is run, every key is explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from c360_mapping.conditions import CONDITIONS
from c360_mapping.formats import FORMAT_KEYS
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import FILE_KEYS, KINDS, parse_mapping
from c360_mapping.modifiers import MODIFIERS, TYPES
from c360_mapping.row import Row
from c360_mapping.sources import SOURCES

from c360_cli.imports.survey import surveyed

PAGE = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"```(?:csv|jsonl)\n(.*?)```.*?```yaml\n(.*?)```.*?```json\n(.*?)```", PAGE, re.DOTALL
)


@pytest.mark.parametrize(("content", "mapping", "items"), EXAMPLES)
def test_every_example_gives_the_items_it_shows(
    tmp_path: Path, content: str, mapping: str, items: str
) -> None:
    file = tmp_path / "file"
    file.write_text(content, encoding="utf-8")
    read = parse_mapping(mapping)
    maker = ItemMaker(read, "crm", 0)
    with surveyed(file, read) as source:
        rows = [row for row in source.rows if isinstance(row, Row)]
    assert [maker.make(row, maker.identify(row)) for row in rows] == json.loads(items)


def test_there_are_examples_of_every_kind() -> None:
    assert {parse_mapping(mapping).kind.name for _, mapping, _ in EXAMPLES} == KINDS.keys()


def test_every_key_is_explained() -> None:
    fields = {name for kind in KINDS.values() for name in kind.fields}
    contents = {kind.contents for kind in KINDS.values() if kind.contents}
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    named = {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", code)}
    known = FORMAT_KEYS | FILE_KEYS | SOURCES | MODIFIERS | CONDITIONS | TYPES | fields | contents
    assert known - named == set()
