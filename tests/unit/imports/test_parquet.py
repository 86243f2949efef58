"""A file of Parquet is imported as the same rows would be as JSON Lines."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c360_mapping.refusals import InputRefused

from c360_cli.imports.refusals import ImportStopped
from tests.unit.imports.test_streams import piped

if TYPE_CHECKING:
    from conftest import Bench

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

EVENTS = (
    "format: parquet\nkind: events\nkey: buyer.id\nevent: {constant: order_completed}\n"
    "occurredAt: at\nproperties: {amount: {column: amount, type: float}}\n"
)
ROWS = [
    {"buyer": {"id": n % 3}, "at": "2026-01-02T00:00:00Z", "amount": "x" if n == 5 else str(n // 4)}
    for n in range(12)
]


def written(rows: list[dict]) -> bytes:
    file = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), file, row_group_size=5)
    return file.getvalue()


def test_the_items_counts_and_rejects_are_those_of_the_same_json_lines(bench: Bench) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    as_lines = bench.run(bench.write("rows.jsonl", lines), EVENTS.replace("parquet", "jsonl"))
    expected, rejected = list(bench.instance.items), bench.rejected()
    bench.instance.items.clear()
    bench.instance._seen.clear()
    bench.rejects.unlink()
    found = bench.run(bench.write("rows.parquet", written(ROWS)), EVENTS)
    assert bench.instance.items == expected
    assert bench.rejected() == rejected
    assert found.progress == as_lines.progress
    assert (found.progress.accepted, found.progress.rejected) == (11, 1)


def test_an_interrupted_import_goes_on_where_it_stopped(bench: Bench) -> None:
    file = bench.write("rows.parquet", written(ROWS))
    undisturbed = bench.run(file, EVENTS)
    expected = list(bench.instance.items)
    bench.instance.items.clear()
    bench.instance._seen.clear()
    bench.rejects.unlink()
    told = 0

    def dies_at_the_third_batch(item: dict) -> None:
        nonlocal told
        told += 1
        if told > 5:
            raise ConnectionResetError

    bench.instance.refuse = dies_at_the_third_batch
    with pytest.raises(ImportStopped):
        bench.run(file, EVENTS)
    bench.instance.refuse = lambda item: None
    resumed = bench.run(file, EVENTS)
    assert resumed.resumed > 0
    assert resumed.progress == undisturbed.progress
    assert bench.instance.items == expected


def test_a_mended_reject_file_is_imported_by_the_same_mapping(bench: Bench) -> None:
    bench.run(bench.write("rows.parquet", written(ROWS)), EVENTS)
    mended = bench.write("mended.jsonl", bench.rejects.read_text().replace('"x"', '"9"'))
    again = bench.run(mended, EVENTS, rejects=bench.root / "again.jsonl")
    assert (again.progress.rows, again.progress.accepted) == (1, 1)
    assert bench.instance.items[-1]["properties"] == {"amount": 9.0}


def test_a_pipe_is_read_whole_first(bench: Bench) -> None:
    with piped(bench, written(ROWS)) as pipe:
        found = bench.run(pipe, EVENTS)
    assert found.progress.accepted == 11


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (written(ROWS)[:-20], "FILE_DAMAGED"),
        (b'{"buyer": {"id": 1}}\n', "FILE_NOT_PARQUET"),
        (b"", "FILE_NOT_PARQUET"),
        (written([{"buyer": {"id": 1}, "at": "x"}]), "MAPPING_COLUMN_MISSING"),
    ],
)
def test_nothing_is_sent_of_a_file_that_cannot_be_right(
    bench: Bench, content: bytes, code: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        bench.run(bench.write("rows.parquet", content), EVENTS)
    assert refused.value.code == code
    assert bench.instance.requests == []


def test_without_the_library_it_is_said_which_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    file: Path = bench.write("rows.parquet", written(ROWS))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Exception, match=r"c360-kernel\[parquet\]") as refused:
        bench.run(file, EVENTS)
    assert getattr(refused.value, "code", "") == "PARQUET_MISSING"


@pytest.mark.parametrize("wrong", ["delimiter: ','", "encoding: gb18030", "stream: a"])
def test_a_mapping_of_parquet_says_nothing_of_text(bench: Bench, wrong: str) -> None:
    with pytest.raises(InputRefused, match="belongs to"):
        bench.run(bench.write("rows.parquet", written(ROWS)), f"{EVENTS}{wrong}\n")
