"""A file in another encoding than its mapping names is refused where that is sure."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from c360_mapping.encodings import EncodingCheck
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import InputRefused
from hypothesis import given, settings
from hypothesis import strategies as st

from c360_cli.imports.survey import surveyed

CHINESE = st.lists(
    st.sampled_from(["张三", "欧阳小明", "李四", "上海市浦东新区", "北京", "王小二", "联通"]),
    min_size=1, max_size=9,
)  # fmt: skip
WESTERN = st.lists(
    st.sampled_from(["Müller", "Köln", "créée", "Ångström", "São Paulo", "naïveté"]),
    min_size=5, max_size=9,
)  # fmt: skip
MAPPING = "format: csv\nkind: records\nkey: id\n"
NAMED = ["gb18030", "gbk", "big5", "shift_jis", "euc_kr", "latin-1", "cp1252", "koi8-r", "utf-16"]


def found_by(content: bytes, encoding: str, pieces: int = 1) -> str:
    check = EncodingCheck(codecs.lookup(encoding).name)
    size = len(content) // pieces + 1
    for start in range(0, len(content), size):
        check.see(content[start : start + size])
    check.see(b"", final=True)
    return check.misnamed()


def table(names: list[str], encoding: str) -> bytes:
    lines = ["id,name", *(f"Y-{n},{name}" for n, name in enumerate(names))]
    return "\n".join(lines).encode(encoding)


@settings(max_examples=50)
@given(CHINESE, st.sampled_from(NAMED), st.integers(1, 7))
def test_utf8_under_any_other_name_is_told(names: list[str], named: str, pieces: int) -> None:
    assert found_by(table(names, "utf-8"), named, pieces) == "UTF-8"
    assert found_by(table(names, "utf-8-sig"), named, pieces) == "UTF-8"
    assert found_by(table(["Müller"], "utf-8"), "latin-1", pieces) == "UTF-8"


@settings(max_examples=50)
@given(CHINESE, st.sampled_from(["gb18030", "gbk", "gb2312"]), st.integers(1, 7))
def test_chinese_under_its_own_name_is_taken(names: list[str], named: str, pieces: int) -> None:
    assert found_by(table(names, named), named, pieces) == ""


@settings(max_examples=50)
@given(CHINESE.filter(lambda names: len(names) > 1), st.integers(1, 7))
def test_chinese_under_a_western_name_is_told(names: list[str], pieces: int) -> None:
    assert "gb18030" in found_by(table(names, "gb18030"), "latin-1", pieces)


@settings(max_examples=50)
@given(WESTERN, st.integers(1, 7))
def test_western_under_a_chinese_name_is_told(names: list[str], pieces: int) -> None:
    plain = [name for name in names if name != "créée"] or ["Zoë", "Jörg", "Søren"]
    content = table([*plain, "Jörg", "Søren", "Zoë"], "latin-1")
    assert "latin-1" in found_by(content, "gb18030", pieces)
    for named in ("latin-1", "cp1252", "iso8859-15"):
        assert found_by(table(names, "latin-1"), named, pieces) == ""


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет, Москва", "cp1251"), ("Привет, Москва", "koi8-r"), ("ﾃｽﾄ 山田", "shift_jis"),
        ("김철수", "euc_kr"), ("陳大文", "big5"), ("张三", "utf-16"), ("plain", "gb18030"),
        ("plain", "latin-1"), ("créée", "latin-1"), ("联通", "gbk"), ("一丁", "gbk"),
    ],
)  # fmt: skip
def test_other_encodings_under_their_own_names_are_taken(text: str, encoding: str) -> None:
    assert found_by(f"id,name\n1,{text}\n".encode(encoding), encoding) == ""


@settings(max_examples=50)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=60))
def test_no_chinese_text_in_gbk_is_taken_for_another(text: str) -> None:
    assert found_by(f"id,name\n1,{text}\n2,张\n".encode("gbk"), "gb18030") == ""


def test_utf16_under_another_name_is_told() -> None:
    assert found_by("id\nMüller".encode("utf-16"), "latin-1") == "UTF-16"


def test_a_misnamed_file_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(table(["张三"], "utf-8"))
    misnamed = surveyed(file, parse_mapping(f"{MAPPING}encoding: gb18030"))
    with pytest.raises(InputRefused, match="is UTF-8, the mapping says") as caught, misnamed:
        pass
    assert caught.value.code == "FILE_ENCODING_MISNAMED"
    with surveyed(file, parse_mapping(MAPPING)) as source:
        assert source.lines == 2
