"""`c360 export` takes out what a role may export, page by page, and makes a whole file or none."""

from __future__ import annotations

import base64
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.errors import Invalid
from typer.testing import CliRunner

from c360_cli import recording
from c360_cli.api import asking
from c360_cli.exports.unfinished import Unfinished
from c360_cli.main import app

PEOPLE = [{"id": f"c{n}", "profile": {"name": f"N{n}", "email": None}} for n in range(250)]


class Instance:
    """Answers pages, and remembers what it was asked, with which headers."""

    def __init__(self, fails_at: int = -1) -> None:
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        self._fails_at = fails_at

    def __call__(self, request: Any) -> dict[str, Any]:
        body = json.loads(request.data)
        self.asked.append((body, {name.lower(): text for name, text in request.header_items()}))
        if len(self.asked) - 1 == self._fails_at:
            return {"errors": [{"message": "no", "extensions": {"code": "VOLUME_LIMITED"}}]}
        begin = int(body["variables"]["after"] or 0)
        end = begin + body["variables"]["first"]
        edges = [{"node": one} for one in PEOPLE[begin:end]]
        info = {"hasNextPage": end < len(PEOPLE), "endCursor": str(end)}
        page = {"edges": edges, "pageInfo": info}
        denied = {"message": "", "extensions": {"code": "FIELD_DENIED"}}
        if "segment" not in body["variables"]:
            return {"data": {"list": page}, "errors": [denied]}
        is_known = body["variables"]["segment"] == "gold"
        return {"data": {"segment": {"list": page} if is_known else None}}


@pytest.fixture
def to(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "out.jsonl"


def run(instance: Instance, to: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Any:
    monkeypatch.setattr(asking, "_answer", instance)
    entries = ["export", "--out", str(to), "--reason", "五月 mailing", "--token", "t", *more]
    return CliRunner().invoke(app, entries)


@pytest.mark.parametrize("segment", [(), ("gold",)])
def test_each_customer_is_a_line_and_each_page_says_why(
    segment: tuple[str, ...], to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance()
    more = (*segment, "--fields", "name, email", "--ticket", "MKT-1")
    result = run(instance, to, monkeypatch, *more)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in to.read_text().splitlines()]
    assert lines == [{"id": one["id"], **one["profile"]} for one in PEOPLE]
    assert len(instance.asked) == 2
    for body, headers in instance.asked:
        assert "profile { name email }" in body["query"]
        assert headers["c360-export"] == "true" and headers["c360-ticket"] == "MKT-1"
        assert headers["c360-reason"] == "%E4%BA%94%E6%9C%88%20mailing"


@pytest.mark.parametrize("is_file", [False, True])
def test_those_that_a_filter_finds_are_taken_out(
    is_file: bool, to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"city": {"equals": "Hangzhou"}, "or": [{"phone": {"exists": True}}]}
    written = json.dumps(asked)
    if is_file:
        (tmp_path / "filter.json").write_text(written)
    given = str(tmp_path / "filter.json") if is_file else written
    broken = Instance(fails_at=1)
    run(broken, to, monkeypatch, "--fields", "name", "--filter", given)
    others = (
        run(Instance(), to, monkeypatch, "--fields", "name"),
        run(Instance(), to, monkeypatch, "--fields", "name", "--filter", '{"city": {"in": []}}'),
    )
    assert [getattr(one.exception, "code", "") for one in others] == ["EXPORT_OTHER"] * 2
    instance = Instance()
    result = run(instance, to, monkeypatch, "--fields", "name", "--filter", given)
    assert result.exit_code == 0, result.output
    assert [body["variables"]["filter"] for body, _ in broken.asked + instance.asked] == [asked] * 3
    assert "filter: $filter" in instance.asked[0][0]["query"]
    assert len(to.read_text().splitlines()) == len(PEOPLE)


@pytest.mark.parametrize(
    "given", ["", "{}", "[]", '{"city":', "city=Hangzhou", "/nowhere.json", "."]
)
def test_a_filter_that_is_none_is_refused_and_not_said_again(
    given: str, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance()
    refused = run(instance, to, monkeypatch, "--fields", "name", "--filter", given)
    assert isinstance(refused.exception, Invalid) and refused.exception.code == "EXPORT_WHAT"
    assert "Hangzhou" not in refused.exception.message
    beside = run(instance, to, monkeypatch, "gold", "--fields", "name", "--filter", "{}")
    assert getattr(beside.exception, "code", "") == "EXPORT_WHAT"
    assert instance.asked == [] and list(to.parent.iterdir()) == []


def test_a_filter_is_on_record_by_what_it_tests_and_not_against_which_value(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = _acts(to, monkeypatch)
    asked = {"and": [{"phone": {"equals": "+8613911112222"}}, {"city": {"in": ["Hangzhou"]}}]}
    more = ("--data", str(to.parent / "data"), "--filter", json.dumps(asked))
    assert run(Instance(), to, monkeypatch, "--fields", "name", *more).exit_code == 0
    assert [one.details["filter"] for one in acts] == ["and.phone.equals,and.city.in"] * 2
    assert "139" not in repr(acts) and "Hangzhou" not in repr(acts)


def _acts(to: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is put on record of an instance that is beside the file."""
    acts: list[Any] = []
    data = to.parent / "data"
    data.mkdir()
    (data / "catalog.yaml").touch()
    monkeypatch.setattr(recording, "put_on_record", lambda _, *more: acts.extend(more))
    return acts


def test_what_was_interrupted_goes_on_after_its_last_page(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(Instance(fails_at=1), to, monkeypatch, "--fields", "name")
    assert isinstance(result.exception, Invalid) and result.exception.code == "VOLUME_LIMITED"
    assert not to.exists()
    part = to.with_name(f"{to.name}.part")
    assert part.stat().st_mode & 0o077 == 0
    with part.open("ab") as file:
        file.write(b'{"id": "half a pa')
    other = run(Instance(), to, monkeypatch, "--fields", "email")
    assert getattr(other.exception, "code", "") == "EXPORT_OTHER"
    again = Instance()
    assert run(again, to, monkeypatch, "--fields", "name").exit_code == 0
    assert [body["variables"]["after"] for body, _ in again.asked] == ["200"]
    assert [json.loads(line)["id"] for line in to.read_text().splitlines()] == [
        one["id"] for one in PEOPLE
    ]
    assert list(to.parent.iterdir()) == [to]


def test_rows_that_are_lost_are_not_filled_up_with_nothing(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(Instance(fails_at=1), to, monkeypatch, "--fields", "name")
    part = to.with_name(f"{to.name}.part")
    part.write_bytes(part.read_bytes()[:-5])
    refused = run(Instance(), to, monkeypatch, "--fields", "name")
    assert getattr(refused.exception, "code", "") == "EXPORT_OTHER"
    part.unlink()
    refused = run(Instance(), to, monkeypatch, "--fields", "name")
    assert getattr(refused.exception, "code", "") == "EXPORT_OTHER"
    assert not to.exists() and not part.exists()


def test_two_exports_to_one_file_do_not_write_into_each_other(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[str] = []

    class Slow(Instance):
        def __call__(self, request: Any) -> dict[str, Any]:
            if not codes:
                codes.append("")
                other = run(Instance(), to, monkeypatch, "--fields", "name")
                codes.append(getattr(other.exception, "code", ""))
            return super().__call__(request)

    assert run(Slow(), to, monkeypatch, "--fields", "name").exit_code == 0
    assert codes == ["", "EXPORT_RUNNING"]
    assert len(to.read_text().splitlines()) == len(PEOPLE)
    assert list(to.parent.iterdir()) == [to]


def test_an_export_that_another_one_ended_meanwhile_begins_anew(to: Path) -> None:
    first = Unfinished(to, ["all"])
    with first:
        first.add(PEOPLE[:2], "2")
        second = Unfinished(to, ["all"])
        first.add(PEOPLE[2:3], None)
    first.remove()
    with second:
        assert (second.count, second.after, second.is_complete) == (0, None, False)
        assert second.rows_file.read_bytes() == b""


@pytest.mark.parametrize("fields", [",", "name,", "name email", "name } { me", "na-me", "五"])
def test_what_is_no_name_of_a_field_is_not_asked_for(
    fields: str, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance()
    refused = run(instance, to, monkeypatch, "--fields", fields)
    assert getattr(refused.exception, "code", "") == "EXPORT_WHAT"
    assert instance.asked == [] and list(to.parent.iterdir()) == []


def test_a_field_that_is_named_twice_is_one_column(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = to.with_suffix(".csv")
    assert run(Instance(), out, monkeypatch, "--fields", "id,name,name, id").exit_code == 0
    assert out.read_text().splitlines()[:2] == ["id,name", "c0,N0"]


def test_a_ticket_is_sent_as_a_header_takes_it(to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = Instance()
    for ticket in ("五", "A-1/b:2#c._"):
        more = ("--fields", "name", "--ticket", ticket)
        assert run(instance, to, monkeypatch, *more).exit_code == 0
        to.unlink()
    sent = list(dict.fromkeys(headers["c360-ticket"] for _, headers in instance.asked))
    assert sent == ["%E4%BA%94", "A-1/b:2#c._"]


def test_only_who_began_an_export_goes_on_with_it(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = _token(sub="jane", exp=1)
    run(Instance(fails_at=1), to, monkeypatch, "--fields", "name", "--token", mine)
    others = [("--token", _token(sub="joe", exp=1)), ("--token", mine, "--url", "http://other:1")]
    for other in others:
        refused = run(Instance(), to, monkeypatch, "--fields", "name", *other)
        assert getattr(refused.exception, "code", "") == "EXPORT_OTHER"
    renewed = _token(exp=2, sub="jane")
    assert run(Instance(), to, monkeypatch, "--fields", "name", "--token", renewed).exit_code == 0
    assert len(to.read_text().splitlines()) == len(PEOPLE)


def _token(**claims: object) -> str:
    said = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{said}.c2ln"


def test_pages_come_under_one_token_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    now = [0.0]

    def answered(request: Any) -> dict[str, Any]:
        shown.append(request.get_header("Authorization"))
        return {"data": {}}

    (tmp_path / "catalog.yaml").touch()
    monkeypatch.setattr(asking, "_answer", answered)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    api = asking.Api(tmp_path, "http://instance:1", None)
    for at, role in ((0, "auditor"), (59, "auditor"), (59, "connector"), (61, "auditor")):
        now[0] = at
        api.ask(role, "{ __typename }", {})
    assert shown[0] == shown[1]
    assert len(set(shown)) == 3


def test_a_parquet_file_has_the_types_of_its_columns(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setitem(PEOPLE[1]["profile"], "age", 7)
    monkeypatch.setitem(PEOPLE[2]["profile"], "tags", ["a", "b"])
    out = to.with_suffix(".parquet")
    assert run(Instance(), out, monkeypatch, "--fields", "name,email,age,tags").exit_code == 0
    table = parquet.read_table(out)
    assert [str(one) for one in table.schema.types] == [
        "string", "string", "string", "int64", "list<element: string>"
    ]  # fmt: skip
    assert table.num_rows == len(PEOPLE)
    assert table.slice(1, 2).to_pylist() == [
        {"id": "c1", "name": "N1", "email": None, "age": 7, "tags": None},
        {"id": "c2", "name": "N2", "email": None, "age": None, "tags": ["a", "b"]},
    ]
    assert list(to.parent.iterdir()) == [out]
    assert out.stat().st_mode & 0o077 == 0


def test_a_form_that_cannot_be_made_is_refused_before_anything_is_asked(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    instance = Instance()
    refused = run(instance, to.with_suffix(".parquet"), monkeypatch, "--fields", "name")
    assert getattr(refused.exception, "code", "") == "PARQUET_MISSING"
    assert instance.asked == [] and list(to.parent.iterdir()) == []


def test_what_is_refused_before_its_first_page_leaves_nothing(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(Instance(fails_at=0), to, monkeypatch, "--fields", "name").exception is not None
    assert list(to.parent.iterdir()) == []


def test_a_csv_file_has_a_header_and_nothing_that_a_spreadsheet_computes(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PEOPLE[0]["profile"], "name", '=1+"2"')
    monkeypatch.setitem(PEOPLE[1]["profile"], "name", "+49 170 1")
    monkeypatch.setitem(PEOPLE[2]["profile"], "name", "-2+3+cmd|' /C calc'!A0")
    out = to.with_suffix(".csv")
    assert run(Instance(), out, monkeypatch, "--fields", "email,name").exit_code == 0
    with out.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:3] == [["id", "email", "name"], ["c0", "", '\'=1+"2"'], ["c1", "", "+49 170 1"]]
    assert rows[3][2].startswith("'-2+3")
    assert len(rows) == len(PEOPLE) + 1


def test_an_ending_that_says_no_form_is_refused(to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run(Instance(), to.with_suffix(".xlsx"), monkeypatch, "--fields", "name")
    assert getattr(refused.exception, "code", "") == "EXPORT_FORM"


def test_an_export_is_one_act_on_record_with_its_count(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = _acts(to, monkeypatch)
    data = str(to.parent / "data")
    done = run(Instance(), to, monkeypatch, "gold", "--fields", "name", "--data", data)
    assert done.exit_code == 0, done.output
    assert [(one.kind, one.target, one.outcome) for one in acts] == [
        ("export", "gold", "begun"),
        ("export", "gold", "done"),
    ]
    assert acts[1].details["rows"] == str(len(PEOPLE))
    assert acts[1].details["reason"] == "五月 mailing"


def test_a_file_that_is_there_and_a_segment_that_is_not_are_refused(
    to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = run(Instance(), to, monkeypatch, "--fields", "name", "none")
    assert getattr(unknown.exception, "code", "") == "SEGMENT_UNKNOWN"
    to.write_text("mine")
    there = run(Instance(), to, monkeypatch, "--fields", "name")
    assert getattr(there.exception, "code", "") == "FILE_EXISTS"
    assert to.read_text() == "mine"


def test_without_a_catalog_the_fields_are_named(to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(Instance(), to, monkeypatch, "--data", str(to.parent / "nothing"))
    assert getattr(result.exception, "code", "") == "EXPORT_WHAT"


@pytest.mark.parametrize(
    "command",
    [
        ("export", "x", "--out", "out.jsonl", "--reason", "mailing", "--fields", "name"),
        ("segment", "why", "x", "c1"),
    ],
    ids=["export", "why"],
)
def test_a_group_too_small_to_be_told_of_is_said_to_be_that(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppressed = {"message": "too few", "extensions": {"code": "SUPPRESSED_SMALL_GROUP"}}
    answer = {"data": {"segment": {"list": None, "why": None}}, "errors": [suppressed]}
    monkeypatch.setattr(asking, "_answer", lambda _: answer)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*command, "--token", "t"])
    assert getattr(result.exception, "code", "") == "SUPPRESSED_SMALL_GROUP"
    assert list(tmp_path.iterdir()) == []
