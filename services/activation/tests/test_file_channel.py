"""`file`: whole lines of the day, whatever was killed while it wrote."""

import csv
import json
import os
import sys
from dataclasses import replace

import pytest
from c360_activation.handlers.channels.closed_days import close_days
from c360_activation.handlers.channels.day_files import DayFiles
from c360_activation.handlers.channels.kinds import channel_of
from c360_kernel.catalog.targets.file import File
from c360_kernel.errors import C360Error
from hypothesis import given
from hypothesis import strategies as st

from .channel_contract import NOW, ChannelContract, There, destination, means, parcel

FIELDS = {"ID": "id", "CITY": "traits.city", "KIND": {"constant": "c360"}}


def _rows(folder):
    for path in sorted(folder.glob("*")):
        if path.suffix == ".csv":
            with path.open(newline="") as file:
                yield from csv.DictReader(file)
        else:
            yield from map(json.loads, path.read_text().splitlines())


class _OfFile(ChannelContract):
    form, fields, city = "", {}, staticmethod(lambda row: row)

    @pytest.fixture
    async def there(self, tmp_path):
        with_means = means(tmp_path)
        folder = with_means.files / "mailer"

        async def arrived():
            return [self.city(row) for row in _rows(folder)]

        async def away():
            with_means.files.mkdir(exist_ok=True)
            folder.write_text("no folder")

        one = destination("file", File(self.form), fields=self.fields)
        yield There(one, with_means, arrived, away)


class TestJsonLines(_OfFile):
    form = "jsonl"
    city = staticmethod(lambda row: (row["id"], row["data"]["traits"]["city"]))


class TestCsv(_OfFile):
    form = "csv"
    city = staticmethod(lambda row: (row["id"], row["traits.city"]))


class TestMappedJsonLines(_OfFile):
    form, fields = "jsonl", FIELDS
    city = staticmethod(lambda row: (row["ID"], row["CITY"]))


class TestMappedCsv(TestMappedJsonLines):
    form = "csv"


async def test_nothing_that_is_told_begins_a_row_or_a_formula(tmp_path):
    one = destination("file", File("csv"), fields={"CITY": "traits.city", "NAME": "traits.name"})
    with_means = means(tmp_path)
    channel = channel_of(one, with_means)
    said = parcel(one, city='a,"b"\r\nc\u2028d', name='=HYPERLINK("http://x")')
    await channel.packed(said)()
    await with_means.post.close()
    (path,) = (with_means.files / "mailer").iterdir()
    assert path.name == "2025-11-30.csv"
    assert path.stat().st_mode & 0o077 == 0
    assert len(path.read_bytes().splitlines()) == 2
    (row,) = _rows(path.parent)
    assert row == {"CITY": 'a,"b" c d', "NAME": '\'=HYPERLINK("http://x")'}


def test_a_line_that_was_begun_is_cut_off(tmp_path):
    files = DayFiles(tmp_path / "a", "csv")
    path = files.append("2026-11-30", b"h\n", b"1\n")
    with path.open("ab") as file:
        file.write(b"2,half of")
    assert files.append("2026-11-30", b"h\n", b"2\n") == path
    assert path.read_bytes() == b"h\n1\n2\n"


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_was_left_behind_whole_lines_follow_whole_lines(tmp_path_factory, torn, cut):
    files = DayFiles(tmp_path_factory.mktemp("day"), "jsonl")
    path = files.append("d", b"", b"first\n")
    with path.open("ab") as file:
        file.write(torn.replace(b"\n", b"") + b"x" * cut)
    files.append("d", b"", b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"


def test_a_line_longer_than_what_is_looked_at_once_is_cut_off_too(tmp_path):
    files = DayFiles(tmp_path, "jsonl")
    path = files.append("d", b"", b"first\n")
    with path.open("ab") as file:
        file.write(b"x" * 200_000)
    files.append("d", b"", b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"


def test_a_head_that_was_begun_is_written_anew(tmp_path):
    files = DayFiles(tmp_path, "csv")
    (tmp_path / "d.csv").write_bytes(b"id,ci")
    files.append("d", b"id,city\n", b"1,K\n")
    assert (tmp_path / "d.csv").read_bytes() == b"id,city\n1,K\n"


def test_other_columns_are_another_file_of_the_day(tmp_path):
    files = DayFiles(tmp_path, "csv")
    files.append("d", b"id\n", b"1\n")
    assert files.append("d", b"id,city\n", b"2,K\n").name == "d.2.csv"
    assert files.append("d", b"id,city\n", b"3,K\n").name == "d.2.csv"
    assert files.append("d", b"id\n", b"4\n").name == "d.csv"


def test_fewer_columns_are_another_file_of_the_day(tmp_path):
    files = DayFiles(tmp_path, "csv")
    files.append("d", b"id,email,city\n", b"1,a,K\n")
    assert files.append("d", b"id,email\n", b"2,b\n").name == "d.2.csv"
    assert files.append("d", b"id\n", b"3\n").name == "d.3.csv"


@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_a_row_says_in_which_segments_it_is(tmp_path, form):
    one = destination("file", File(form), sync=True, segments=("gold", "new"))
    there = means(tmp_path)
    await channel_of(one, there).packed(parcel(one, kind="row.added"))()
    await there.post.close()
    (row,) = _rows(there.files / "mailer")
    assert row["segments"] in (["gold"], '["gold"]')


async def test_what_cannot_be_written_waits(tmp_path, monkeypatch):
    one = destination("file", File("jsonl"))
    with_means = means(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    channel = channel_of(one, with_means)
    with pytest.raises(C360Error) as refused:
        await channel.packed(parcel(one))()
    assert refused.value.code == "DESTINATION_FOLDER" and refused.value.retryable
    monkeypatch.undo()
    await channel.packed(replace(parcel(one), id="msg_1"))()
    await with_means.post.close()
    assert {row["id"] for row in _rows(with_means.files / "mailer")} == {"msg_1"}


async def test_a_day_that_is_over_is_one_file_of_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    clock, there = [NOW], means(tmp_path)
    one = destination("file", File("parquet"), fields={"ID": "id", "CITY": "traits.city"})
    channel = channel_of(one, replace(there, now_ms=lambda: clock[0]))
    channel.ready()
    for number in range(3):
        await channel.packed(parcel(one, f"m{number}"))()
    folder = there.files / "mailer"
    assert [path.name for path in folder.iterdir()] == ["2025-11-30.rows"]
    clock[0] += 86_400_000
    wider = replace(one, fields={**one.fields, "NAME": "traits.name"})
    channel = channel_of(wider, replace(there, now_ms=lambda: clock[0]))
    await channel.packed(parcel(wider, "m3"))()
    assert sorted(path.name for path in folder.iterdir()) == [
        "2025-11-30.parquet", "2025-12-01.rows"
    ]  # fmt: skip
    assert parquet.read_table(folder / "2025-11-30.parquet").to_pylist() == [
        {"ID": f"m{number}", "CITY": "杭州"} for number in range(3)
    ]
    await there.post.close()


def test_whatever_was_killed_while_a_day_was_closed_is_closed_once_more(tmp_path):
    pytest.importorskip("pyarrow.parquet")
    (tmp_path / "2025-11-30.rows").write_text('{"id": "m"}\n')
    (tmp_path / "2025-11-30.parquet").write_text("whole")
    close_days(tmp_path, "2025-12-01")
    assert (tmp_path / "2025-11-30.parquet").read_text() == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2025-11-30.2.parquet", "2025-11-30.parquet"
    ]  # fmt: skip


@pytest.mark.parametrize("begun", ["", '{"id": "m'])
async def test_what_a_killed_process_began_does_not_keep_a_day_open(tmp_path, begun):
    parquet = pytest.importorskip("pyarrow.parquet")
    folder, there = tmp_path / "files" / "mailer", means(tmp_path)
    folder.mkdir(parents=True)
    (folder / "2025-11-28.rows").write_text(begun)
    (folder / "2025-11-29.rows").write_text('{"id": "m1"}\n' + begun)
    one = destination("file", File("parquet"), fields={"id": "id"})
    answer = await channel_of(one, there).packed(parcel(one, "m2"))()
    await there.post.close()
    assert answer.code == ""
    assert sorted(path.name for path in folder.iterdir()) == [
        "2025-11-29.parquet", "2025-11-30.rows"
    ]  # fmt: skip
    assert parquet.read_table(folder / "2025-11-29.parquet").to_pylist() == [{"id": "m1"}]


async def test_without_the_library_nothing_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    there = means(tmp_path)
    with pytest.raises(C360Error) as refused:
        channel_of(destination("file", File("parquet")), there).ready()
    assert refused.value.code == "PARQUET_MISSING"
    await there.post.close()
