"""docs/catalog.md: its examples are read by the real reader, its tables are what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from c360_kernel.catalog import CatalogError, parse_catalog
from c360_kernel.catalog.normalizers import NORMALIZERS
from c360_kernel.catalog.sections import SURVIVORSHIPS, VALUE_TYPES
from c360_kernel.conditions.operators import OPERATORS
from c360_kernel.evidence.rules import CROWD, PEOPLE
from c360_kernel.file_marks import UNCHANGED_S
from c360_kernel.record import RecordKey
from c360_kernel.survivorship import Candidate, Weight, origins, union

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/catalog.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
REFUSED = re.compile(r"# refused: (.*)\n")
SOURCES = "sources: {crm: {priority: 0}}\n"


def whole(example: str) -> str:
    return example if "sources:" in example else example + SOURCES


@pytest.mark.parametrize("example", [one for one in EXAMPLES if not REFUSED.match(one)])
def test_an_example_can_be_taken(example: str) -> None:
    assert parse_catalog(whole(example), "c").digest


@pytest.mark.parametrize("example", [one for one in EXAMPLES if REFUSED.match(one)])
def test_what_is_said_to_be_refused_is(example: str) -> None:
    expected = REFUSED.match(example)
    with pytest.raises(CatalogError) as refused:
        parse_catalog(whole(example), "c")
    assert expected is not None
    assert expected[1] in refused.value.message


def cells(heading: str) -> list[list[str]]:
    table = GUIDE.partition(heading)[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]


def test_the_table_of_survivorship_is_what_survives() -> None:
    priorities = {"crm": 0, "web": 4, "store": 2}
    found = cells("| source | observed | city |\n")
    newest_first = [
        Candidate(city, Weight(int(day[0]), 1, "", -priorities[source], RecordKey(source, "1")))
        for source, day, city in reversed(found)
    ]
    rules = cells("| survivorship | city | because |\n")
    assert [rule for rule, *_ in rules] == list(SURVIVORSHIPS)
    for rule, city, _ in rules:
        values = [one.value for one in origins(rule, newest_first, lambda one: one)]  # type: ignore[arg-type]
        assert city == ", ".join(union(values))


def test_every_word_that_a_catalog_may_use_is_in_the_guide() -> None:
    for word in (*OPERATORS, *NORMALIZERS, *SURVIVORSHIPS, *VALUE_TYPES):
        assert f"`{word}`" in GUIDE, word


def test_every_field_of_the_reader_is_in_the_guide() -> None:
    source = (ROOT / "libs/kernel/src/c360_kernel/catalog/sections.py").read_text("utf-8")
    listed = re.findall(r"_FIELDS = \((.*?)\)", source, re.DOTALL)
    fields = set(re.findall(r'"(\w+)"', " ".join(listed)))
    assert len(fields) > 15
    assert [field for field in sorted(fields) if f"`{field}`" not in GUIDE] == []


def test_the_bounds_in_the_guide_are_those_of_the_code() -> None:
    assert f"more than {PEOPLE} people" in GUIDE
    assert f"more than {CROWD} records" in GUIDE
    assert UNCHANGED_S == 1.5
    assert "a second and a half" in GUIDE
