"""Pipes and standard input say what a file of the same content says, and are read once."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import InputRefused
from hypothesis import given, settings
from hypothesis import strategies as st

from c360_cli.imports.decoding import Unchecked, decoded_lines
from c360_cli.imports.opening import put_back
from c360_cli.imports.refusals import ImportStopped
from c360_cli.imports.streaming import streamed

if TYPE_CHECKING:
    from conftest import Bench

RECORDS = (
    "format: csv\nkind: records\nkey: id\nskip_if_empty: id\n"
    "observedAt: {constant: '2026-01-01T00:00:00Z'}\n"
    "traits: {birthDate: {column: born, type: date}, city: {column: city, on_error: drop}}\n"
)
EVENTS = (
    "format: jsonl\nkind: events\nkey: id\nevent: {constant: order_completed}\n"
    "occurredAt: at\nproperties: {amount: amount}\n"
)
CSV = 'id,born,city\n1,2000-01-01,Köln\n2,x,Oslo\n3,,"two\nlines"\n,,\n4\n5,,张三\n5,,张三\n'
LINES = "".join(
    json.dumps({"id": n % 3, "at": "2026-01-02T00:00:00Z", "amount": n // 4}) + "\n"
    for n in range(12)
)


@contextmanager
def piped(bench: Bench, content: bytes, pieces: int = 3) -> Iterator[Path]:
    """A pipe into which somebody writes, a piece at a time."""
    pipe = bench.root / "rows.pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb", buffering=0) as file:
            for start in range(0, len(content), max(1, len(content) // pieces)):
                try:
                    file.write(content[start : start + max(1, len(content) // pieces)])
                except BrokenPipeError:
                    return

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield pipe
    thread.join(10)


def outcome(bench: Bench, path: Path, mapping: str) -> tuple[object, ...]:
    bench.instance.items.clear()
    bench.instance._seen.clear()
    bench.rejects.unlink(missing_ok=True)
    summary = bench.run(path, mapping)
    rejects = bench.rejects.read_text() if bench.rejects.exists() else ""
    return summary.progress, summary.dropped, list(bench.instance.items), rejects


@pytest.mark.parametrize("pieces", [1, 7, 1_000])
@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        (CSV.encode(), RECORDS),
        (b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode(), RECORDS),
        (CSV.encode("gb18030"), RECORDS + "encoding: gb18030\n"),
        (CSV.encode("utf-16"), RECORDS + "encoding: utf-16\n"),
        (gzip.compress(CSV.encode()), RECORDS),
        (LINES.encode(), EVENTS),
        (gzip.compress(LINES.encode()), EVENTS),
    ],
    ids=["csv", "crlf", "gb18030", "utf-16", "csv.gz", "jsonl", "jsonl.gz"],
)
def test_a_pipe_gives_what_a_file_gives(
    bench: Bench, content: bytes, mapping: str, pieces: int
) -> None:
    expected = outcome(bench, bench.write("rows", content), mapping)
    with piped(bench, content, pieces) as pipe:
        assert outcome(bench, pipe, mapping) == expected


def test_a_reject_file_may_come_through_a_pipe(bench: Bench) -> None:
    bench.run(bench.write("r.csv", CSV), RECORDS)
    first, second = bench.rejected()
    first["raw"]["born"] = "2000-02-02"
    second["raw"].update(born="", city="Bern")
    mended = "\n".join(map(json.dumps, (first, second))).encode()
    with piped(bench, mended) as pipe:
        progress = bench.run(pipe, RECORDS).progress
    assert (progress.accepted, progress.rejected) == (2, 0)
    assert [item["key"] for item in bench.instance.items[-2:]] == ["2", "4"]


@pytest.mark.parametrize(
    ("content", "mapping", "code"),
    [
        (CSV.replace("born", "birth").encode(), RECORDS, "MAPPING_COLUMN_MISSING"),
        (LINES.encode(), EVENTS.replace(": amount}", ": sum}"), "MAPPING_COLUMN_MISSING"),
        (b"\n", RECORDS, "FILE_EMPTY"),
        (b"M\xfcller\n", RECORDS, "FILE_NOT_UTF8"),
    ],
)
def test_nothing_is_sent_of_a_stream_that_begins_wrong(
    bench: Bench, content: bytes, mapping: str, code: str
) -> None:
    with piped(bench, content) as pipe, pytest.raises(InputRefused) as caught:
        bench.run(pipe, mapping)
    assert (caught.value.code, bench.instance.requests) == (code, [])


def test_a_byte_that_cannot_be_read_costs_nothing_before_it(bench: Bench) -> None:
    begun = b"id,born,city\n" + b"".join(b"%d,,Rome\n" % n for n in range(20_500))
    where = f"at byte {len(begun) + 4};.* rows are done"
    with (
        piped(bench, begun + b"x,,M\xfcnchen\n") as pipe,
        pytest.raises(InputRefused, match=where) as caught,
    ):
        bench.run(pipe, RECORDS, batch=1_000)
    assert caught.value.code == "FILE_NOT_UTF8"
    assert len(bench.instance.items) == 20_500
    assert "20,500 rows are done" in caught.value.message


def test_a_path_may_come_late_and_one_that_never_came_is_told(bench: Bench) -> None:
    rows = [{"id": n, "at": "2026-01-02T00:00:00Z"} for n in range(1_200)]
    for late in ([], [{**rows[0], "id": "late", "amount": 3}]):
        content = "\n".join(map(json.dumps, [*rows, *late])).encode()
        with piped(bench, content) as pipe:
            assert bench.run(pipe, EVENTS, batch=400).progress.rejected == 0
        shown = (bench.root / "console").read_text()
        assert ("no row had 'amount'" in shown) is not bool(late)
        (bench.root / "console").unlink()
    assert bench.instance.items[-1]["properties"] == {"amount": 3}


def test_an_interrupted_stream_begins_anew_and_adds_nothing_twice(bench: Bench) -> None:
    def dies(item: dict) -> None:
        if (item["key"], item["properties"]["amount"]) == ("0", 1):
            raise ConnectionResetError

    bench.instance.refuse = dies
    where = "6 rows are done, send the stream again"
    with piped(bench, LINES.encode()) as pipe, pytest.raises(ImportStopped, match=where):
        bench.run(pipe, EVENTS)
    bench.instance.refuse = lambda item: None
    with piped(bench, LINES.encode()) as pipe:
        again = bench.run(pipe, EVENTS)
    assert (again.resumed, again.progress.accepted, again.progress.duplicates) == (0, 6, 6)
    assert len({item["messageId"] for item in bench.instance.items}) == 12
    assert not list((bench.data / "imports").glob("*.json"))


def test_standard_input_is_a_dash(bench: Bench) -> None:
    bench.request(Path("unused"), RECORDS)
    command = [sys.executable, "-m", "c360_cli", "import", "-", "--token", "given"]
    options = {"data": bench.data, "url": bench.instance.url, "source": "crm"}
    entries = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    done = subprocess.run(
        [*command, *entries, "--mapping", str(bench.root / "mapping.yaml")],
        input=CSV.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert b"stdin: 7 rows, 3 accepted, 1 duplicates, 2 rejected, 1 skipped" in done.stdout
    assert (bench.data / "imports" / "stdin.rejects.jsonl").exists()


LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", ""])
TEXTS = st.lists(st.tuples(st.text(st.sampled_from("aé张\u2028\x0b\x85"), max_size=5), LINE_ENDS))


@settings(max_examples=200)
@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "gb18030"]), st.data())
def test_lines_are_those_of_the_whole_text_however_it_comes(
    parts: list[tuple[str, str]], encoding: str, data: st.DataObject
) -> None:
    text = "".join(line + end for line, end in parts)
    content = text.encode(encoding)
    left = io.BytesIO(content)

    def read(size: int) -> bytes:
        return left.read(data.draw(st.integers(1, 3)))

    found = list(decoded_lines(put_back(b"", read), "x", encoding, Unchecked()))
    assert found == list(io.StringIO(text, newline=""))


def test_a_stream_is_held_a_piece_at_a_time(bench: Bench) -> None:
    """Ten times what may be held passes through."""
    batch = b"".join(b'{"id": %d, "at": "2026-01-02T00:00:00Z"}\n' % n for n in range(5_000))
    mapping = parse_mapping(EVENTS.replace("properties: {amount: amount}\n", ""))
    with piped(bench, batch * 60, 60) as pipe, streamed(pipe, mapping) as source:
        tracemalloc.start()
        count = sum(1 for _ in zip(source.rows, range(20_000), strict=False))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000
