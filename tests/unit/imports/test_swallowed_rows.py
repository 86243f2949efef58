"""A cell that has swallowed rows is told from a note with line breaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c360_mapping.delimited import DelimitedRows
from c360_mapping.formats import Csv
from c360_mapping.row import BrokenRow, Row
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conftest import Bench

MAPPING = "format: csv\nkind: records\nkey: id\ntraits: {name: name}\n"
WORDS = st.sampled_from(["Ann", "Bob", "张三", "Cy", "Dee"])


def read(tmp: Path, text: str, form: Csv) -> list[Row | BrokenRow]:
    path = tmp / "f.csv"
    path.write_text(text, encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        return list(DelimitedRows(file, form).rows())


@pytest.fixture(scope="module")
def tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@settings(max_examples=50)
@given(st.data())
def test_two_stray_quotes_refuse_the_row_that_they_make(tmp: Path, data: st.DataObject) -> None:
    width = data.draw(st.integers(2, 5))
    delimiter = data.draw(st.sampled_from([",", ";", "|", "\t"]))
    names = data.draw(st.lists(WORDS, min_size=4, max_size=7))
    rows = [[f"K-{n}", *[name] * (width - 1)] for n, name in enumerate(names)]
    first = data.draw(st.integers(0, len(rows) - 2))
    last = data.draw(st.integers(first + 1, len(rows) - 1))
    column = data.draw(st.integers(0, width - 1))
    rows[first][column] = '"' + rows[first][column]
    rows[last][column] += '"'
    header = delimiter.join(f"c{n}" for n in range(width))
    text = "\n".join([header, *map(delimiter.join, rows)]) + "\n"
    found = read(tmp, text, Csv(delimiter=delimiter))
    (broken,) = [row for row in found if isinstance(row, BrokenRow)]
    assert (broken.line, broken.refusal.code) == (first + 2, "ROW_HOLDS_ROWS")
    assert len(found) == len(names) - (last - first)


PROSE = st.lists(
    st.sampled_from([
        "Dear Ann,", "thanks, Bob", "yes, well, all is fine", "", "she said ok", "Regards,",
        "see you, on 3 May, at noon", '""quoted"", she said', "第一行，没有问题", "- one", "a;b",
    ]),
    min_size=2, max_size=5,
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(PROSE, min_size=1, max_size=4), st.integers(2, 4), st.data())
def test_notes_keep_their_line_breaks(
    tmp: Path, notes: list[list[str]], width: int, data: st.DataObject
) -> None:
    column = data.draw(st.integers(0, width - 1))
    text = ",".join(f"c{n}" for n in range(width)) + "\n"
    for number, note in enumerate(notes):
        cells = [f"K-{number}"] * width
        cells[column] = '"{}"'.format("\n".join(note))
        text += ",".join(cells) + "\n"
    found = read(tmp, text, Csv())
    kept = [row.cells[f"c{column}"] for row in found if isinstance(row, Row)]
    assert kept == ["\n".join(note).replace('""', '"') for note in notes]


def test_a_row_with_spaces_is_known_by_the_shape_of_its_column(tmp: Path) -> None:
    text = 'id,name\nK-1,Ann\nK-2,"Bob\nK-3, Cy\nK-4, Dee"\n'
    assert isinstance(read(tmp, text, Csv())[1], BrokenRow)


def test_the_importer_is_told_before_anything_is_sent(bench: Bench) -> None:
    collected: list[str] = []
    answer = bench.instance.answer

    def answering(body: bytes) -> tuple[int, object]:
        collected.append((bench.root / "console").read_text())
        return answer(body)

    bench.instance.answer = answering
    file = bench.write("r.csv", 'id,name\n1,"a\nb"\n2,"Ann\n3,Bob\n4,Cy"\n5,Dee\n')
    summary = bench.run(file, MAPPING)
    assert (summary.progress.accepted, summary.progress.rejected) == (2, 1)
    assert "1 rows have cells that go over several lines, the first at line 2" in collected[0]
    assert "1 rows hold lines that look like rows of their own" in collected[0]
    assert "the first at line 4" in collected[0].replace("\n", " ")


def test_a_note_that_was_refused_is_taken_from_the_reject_file_as_it_is(bench: Bench) -> None:
    bench.run(bench.write("r.csv", 'id,name\n1,"Ann\n2,Bob"\n'), MAPPING)
    again = bench.write("again.jsonl", bench.rejects.read_bytes())
    assert bench.run(again, MAPPING).progress.accepted == 1
    assert bench.instance.items[0]["traits"] == {"name": "Ann\n2,Bob"}


@pytest.mark.parametrize("size", [131_072, 140_000, 3_000_000])
def test_a_large_cell_is_taken(tmp: Path, size: int) -> None:
    text = f'id,note\n1,short\n2,"{"word " * (size // 5)}"\n3,x\n'
    assert [type(row) for row in read(tmp, text, Csv())] == [Row, Row, Row]


def test_a_cell_beyond_the_limit_says_so(tmp: Path) -> None:
    text = f"id,note\n1,{'x' * 8_400_000}\n2,y\n"
    large, small = read(tmp, text, Csv())
    assert isinstance(large, BrokenRow)
    assert large.refusal.code == "CELL_TOO_LARGE"
    assert isinstance(small, Row)
