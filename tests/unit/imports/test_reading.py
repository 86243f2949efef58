"""Rows of every format; what cannot be read is refused alone, where it stands."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from c360_mapping.mapping import ImportMapping, parse_mapping
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports.survey import surveyed

CSV = "format: csv\nkind: records\nkey: id\n"
JSONL = "format: jsonl\nkind: records\nkey: id\n"


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check(tmp_path: Path, content: str | bytes, mapping: str) -> None:
    rows(tmp_path, content, mapping)


def survey(path: Path, mapping: ImportMapping) -> None:
    with surveyed(path, mapping):
        pass


def rows(tmp_path: Path, content: str | bytes, mapping: str) -> list[Row | BrokenRow]:
    with surveyed(written(tmp_path, content), parse_mapping(mapping)) as source:
        return list(source.rows)


@pytest.mark.parametrize(
    ("dialect", "content"),
    [
        ("", "id,name\n1,Ann\n2,Bo\n"),
        ("", "\ufeffid,name\r\n1,Ann\r\n2,Bo"),
        ("", "id,name\n\n1,Ann\n\n2,Bo\n\n"),
        ("delimiter: ;", "id;name\n1;Ann\n2;Bo\n"),
        ("delimiter: '\\t'", "id\tname\n1\tAnn\n2\tBo\n"),
        ("delimiter: '|'\nquote: \"'\"", "id|name\n1|'Ann'\n2|Bo\n"),
        ("delimiter: spaces", " id   name \r\n 1  Ann\r\n 2    Bo\r\n"),
        ("header: [id, name]", "1,Ann\n2,Bo\n"),
        ("header: [id, name]\nskip_lines: 1", "Nummer,Name\n1,Ann\n2,Bo\n"),
    ],
)
def test_csv_dialects(tmp_path: Path, dialect: str, content: str) -> None:
    found = rows(tmp_path, content, CSV + dialect)
    assert [row.cells for row in found] == [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bo"}]


def test_lines_are_counted_where_rows_start(tmp_path: Path) -> None:
    found = rows(tmp_path, 'id,note\n\n1,"two\nlines"\n2,x\n', CSV)
    assert [(row.line, row.cells["note"]) for row in found] == [(3, "two\nlines"), (5, "x")]


def test_a_row_with_too_few_or_too_many_fields_is_refused_alone(tmp_path: Path) -> None:
    few, good, many = rows(tmp_path, "id,name\n1\n2,Bo\n3,Cy,x,y\n", CSV)
    assert isinstance(few, BrokenRow)
    assert few.refusal.code == "ROW_FIELD_COUNT"
    assert few.raw == {"id": "1", "name": None}
    assert isinstance(good, Row)
    assert isinstance(many, BrokenRow)
    assert many.refusal.message == "2 fields expected, 4 found"
    assert many.raw == {"id": "3", "name": "Cy", "+": ["x", "y"]}


def test_an_open_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    found = rows(tmp_path, 'id,name\n1,"Ann\n2,Bo\n3,"Cy\n4,Di\n', CSV)
    assert [(row.line, type(row)) for row in found] == [
        (2, BrokenRow), (3, Row), (4, BrokenRow), (5, Row),
    ]  # fmt: skip
    assert found[0].raw == {"id": None, "name": None, "+": ['1,"Ann']}
    assert found[0].refusal.code == "ROW_NOT_CSV"


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "FILE_EMPTY"), ("\n\n", "FILE_EMPTY"), ("id,a,a\n1,2,3\n", "FILE_HEADER_INVALID")],
)
def test_a_header_that_names_no_columns_is_refused(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(InputRefused) as caught:
        check(tmp_path, content, CSV)
    assert caught.value.code == code


def test_json_lines_with_broken_ones_among_them(tmp_path: Path) -> None:
    content = '{"id": "1", "n": "a\u2028b"}\n\n{"id":\n[1]\n{"id": "2"}'
    good, broken, listed, last = rows(tmp_path, content, JSONL)
    assert isinstance(good, Row)
    assert good.cells == {"id": "1", "n": "a\u2028b"}
    assert isinstance(broken, BrokenRow)
    assert (broken.line, broken.raw, broken.refusal.code) == (3, '{"id":', "ROW_NOT_JSON")
    assert isinstance(listed, BrokenRow)
    assert listed.refusal.code == "ROW_NOT_OBJECT"
    assert isinstance(last, Row)
    assert last.line == 5


@pytest.mark.parametrize(("mapping", "content"), [(CSV, "id\n1\n"), (JSONL, '{"id": "1"}\n')])
def test_gzip_is_known_by_its_content(tmp_path: Path, mapping: str, content: str) -> None:
    (row,) = rows(tmp_path, gzip.compress(content.encode()), mapping)
    assert isinstance(row, Row)
    assert row.cells == {"id": "1"}


def test_other_encodings_are_read_when_named(tmp_path: Path) -> None:
    content = "id,name\n1,张伟\n".encode("gb18030")
    (row,) = rows(tmp_path, content, CSV + "encoding: gb18030")
    assert isinstance(row, Row)
    assert row.cells["name"] == "张伟"


@pytest.mark.parametrize("before", [b"id\n", b"id\n" + b"x" * (1 << 20), b"\xe5\xbc\xa0" * 400_000])
def test_a_byte_that_is_not_utf8_is_found_where_it_is(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(before + b"M\xfcller\n")
    with pytest.raises(InputRefused, match=f"not UTF-8 at byte {len(before) + 1};") as caught:
        survey(path, parse_mapping(CSV))
    assert caught.value.code == "FILE_NOT_UTF8"


def test_a_file_that_ends_within_a_character_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"id\n\xe5\xbc")
    with pytest.raises(InputRefused, match="at byte 3"):
        survey(path, parse_mapping(CSV))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as missing:
        survey(tmp_path / "nothing", parse_mapping(CSV))
    assert missing.value.code == "FILE_NOT_FOUND"
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(b"id\n" * 1000)[:-9])
    with pytest.raises(InputRefused) as broken:
        survey(damaged, parse_mapping(CSV))
    assert broken.value.code == "FILE_DAMAGED"


def test_a_missing_column_is_refused_with_those_there_are(tmp_path: Path) -> None:
    mapping = CSV + "traits:\n  name: nme\n  city: City\n"
    with pytest.raises(InputRefused) as caught:
        check(tmp_path, "id,name,city\n", mapping)
    assert caught.value.code == "MAPPING_COLUMN_MISSING"
    assert caught.value.message == (
        "the file has no column 'nme' (line 5 of the mapping), 'City' (line 6 of the mapping);"
        " it has 'id', 'name', 'city'"
    )


def test_the_cells_of_a_file_without_a_header_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        check(tmp_path, "13800138000,Zhang San\n", CSV)
    assert caught.value.code == "MAPPING_COLUMN_MISSING"
    assert "138" not in caught.value.message
    assert "Zhang" not in caught.value.message


def test_a_path_is_missing_when_no_row_has_it(tmp_path: Path) -> None:
    content = '{"id": "1"}\n{"id": "2", "f": [{"phone": null}], "g": {"h": 1}}\n'
    check(tmp_path, content, JSONL + "traits: {phone: 'f[].phone'}")
    with pytest.raises(InputRefused, match=r"'f\[\].mail' .* it has 'id', 'f\[\].phone', 'g.h'"):
        check(tmp_path, content, JSONL + "traits: {email: 'f[].mail'}")
    optional = "optional_columns: 'f[].mail'\ntraits: {email: 'f[].mail'}"
    check(tmp_path, content, JSONL + optional)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "big5", "shift_jis", "idna", "punycode"])
def test_a_file_of_another_encoding_is_refused_whatever_was_named(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name\n1,张三\n2,王五\n")
    with pytest.raises(InputRefused) as caught:
        survey(path, parse_mapping(f"{CSV}encoding: {encoding}"))
    assert caught.value.code in ("FILE_NOT_DECODABLE", "FILE_ENCODING_MISNAMED")
