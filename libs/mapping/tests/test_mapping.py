"""A mapping file says what it means, or is refused with the line at fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_mapping.formats import Csv, JsonLines
from c360_mapping.mapping import parse_mapping, read_mapping
from c360_mapping.refusals import InputRefused, MappingInvalid

RECORDS = "format: csv\nkind: records\nkey: id\n"


def refusal(text: str) -> MappingInvalid:
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "the mapping is empty"),
        ("format: csv\nkind: [", 2, "not YAML"),
        ("- format: csv", 1, "must be a mapping"),
        ("format: csv\nkey: id", 1, "needs 'kind'"),
        ("kind: records\nkey: id", 1, "needs 'format'"),
        ("format: csv\nkind: record\nkey: id", 2, "did you mean 'records'?"),
        (
            "format: xml\nkind: records\nkey: id",
            1,
            "format must be one of airbyte, cloudevents, csv, debezium, jsonl",
        ),
        ("format: csv\nkind: records", 1, "needs 'key'"),
        ("format: csv\nkind: events\nkey: id\nevent: e", 1, "needs 'occurredAt'"),
        (RECORDS + "trait: {}", 4, "unknown key 'trait' in the mapping, did you mean 'traits'?"),
        (RECORDS + "purpose: p", 4, "unknown key 'purpose'"),
        (RECORDS + "key: other", 4, "says 'key' twice"),
        (RECORDS + "traits:\n  name: {colum: a}", 5, "did you mean 'column'?"),
        (RECORDS + "traits:\n  name: {column: a, constant: b}", 5, "column and constant"),
        (RECORDS + "traits:\n  name: {type: string}", 5, "exactly one of"),
        (RECORDS + "traits:\n  name:", 5, "names no column"),
        (RECORDS + "traits:\n  name: {first: []}", 5, "a list that is not empty"),
        (RECORDS + "traits:\n  n: {column: a, formats: '%Y'}", 5, "formats needs type date"),
        (RECORDS + "traits:\n  n: {column: a, decimal: ','}", 5, "needs type int or float"),
        (RECORDS + "traits:\n  n: {column: a, otherwise: drop}", 5, "otherwise needs a map"),
        (RECORDS + "traits:\n  n: {column: a, separator: x}", 5, "separator belongs to join"),
        (RECORDS + "traits:\n  n: {template: '{a} {'}", 5, "a single {"),
        (RECORDS + "traits:\n  n: {template: plain}", 5, "names no {column}"),
        (RECORDS + "traits:\n  n: {column: a, type: text}", 5, "n: type must be one of"),
        (RECORDS + "traits:\n  n: {column: a, region: XX}", 5, "n: region must be one of"),
        (RECORDS + "revision: {column: r, type: date}", 4, "revision is always int"),
        (RECORDS + "timezone: Mars/Olympus", 4, "no time zone 'Mars/Olympus'"),
        (RECORDS + "on_error: ignore", 4, "must be one of drop, reject"),
        (RECORDS + "encoding: utf-9", 4, "no encoding 'utf-9'"),
        (RECORDS + "delimiter: '||'", 4, "delimiter must be one character"),
        (RECORDS + "header: false", 4, "header must be true or the list"),
        (RECORDS + "header: [id, id]", 4, "header repeats id"),
        (RECORDS + "skip_lines: two", 4, "must be a whole number"),
        ("format: jsonl\nkind: records\nkey: id\nheader: true", 4, "belongs to format: csv"),
        ("format: jsonl\nkind: records\nkey: a[b]", 3, "'a[b]' is not a path"),
    ],
)
def test_a_faulty_mapping_is_refused_with_its_line(text: str, line: int, expected: str) -> None:
    refused = refusal(text)
    assert refused.line == line
    assert expected in refused.message
    assert refused.code == "MAPPING_INVALID"


def test_a_file_at_fault_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(RECORDS + "traits: 3")
    with pytest.raises(InputRefused, match=r"m\.yaml, line 4: traits must be a mapping") as caught:
        read_mapping(path)
    assert caught.value.code == "MAPPING_INVALID"


@pytest.mark.parametrize("content", [None, b"kind: \xff"])
def test_a_mapping_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "m.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputRefused) as caught:
        read_mapping(path)
    assert caught.value.code == "MAPPING_INVALID"


def test_formats_are_read() -> None:
    dialect = "delimiter: '\\t'\nquote: none\nheader: [id, name]\nskip_lines: 2\n"
    assert parse_mapping(RECORDS + dialect).format == Csv("\t", ("id", "name"), None, 2)
    assert parse_mapping(RECORDS + "delimiter: spaces").format == Csv(delimiter=None)
    assert parse_mapping("format: jsonl\nkind: records\nkey: id").format == JsonLines()
    assert parse_mapping(RECORDS + "encoding: GB18030").encoding == "gb18030"


def test_every_column_is_a_reference_but_the_optional_ones() -> None:
    mapping = parse_mapping(
        RECORDS + "optional_columns: d\nskip_if_empty: [s]\n"
        "traits:\n  a: {first: [x, {join: [y, z]}], when: {w: v}}\n  b: {template: '{t}'}\n  c: d\n"
    )
    named = [(reference.name, reference.line) for reference in mapping.references()]
    assert named == [
        ("id", 3), ("s", 5), ("x", 7), ("y", 7), ("z", 7), ("w", 7), ("t", 8),
    ]  # fmt: skip
