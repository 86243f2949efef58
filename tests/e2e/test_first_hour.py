"""A newcomer's first hour in the order of the README: each step works, each message helps."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import C360, STOP_S, Running, free_port

pytestmark = pytest.mark.slow

CSV = """Nr,Name,Mobile,Born,Spent
1,Ann Lee,139 0000 1122,1990-02-01,"1.234,50"
2,Bo Li,13912341122,1991-31-12,10
3,Cy Wu,1.39E+10,1992-03-04,20
#N/A,Di Xu,13912341124,1993-04-05,30
"""
MAPPING = """format: csv
kind: records
key: Nr
observedAt: {constant: "2026-01-05T00:00:00Z"}
identifiers: {crm_id: Nr}
traits:
  name: Name
  phone: Mobile
  birthDate: {column: Born, type: date}
  totalSpend: {column: Spent, type: float, decimal: ",", thousands: "."}
"""
ASKED = '{ customerByRecord(source: "crm", key: "1") { id profile { name phone totalSpend } } }'


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command as it is typed; never with a traceback."""
    done = subprocess.run(
        [C360, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("mine") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def imported(up: Running) -> subprocess.CompletedProcess[str]:
    """What the import of a small file with wrong rows says."""
    place = up.data.parent
    (place / "kh.csv").write_text(CSV)
    (place / "kh.yaml").write_text(MAPPING)
    return run(
        *("import", place / "kh.csv", "--source", "crm", "--mapping", place / "kh.yaml"),
        *("--data", up.data, "--url", up.url, "--wait", "profile"),
    )


def test_the_demo_says_what_it_does_and_ends_with_commands_that_work(tmp_path: Path) -> None:
    port = free_port()
    found = run("demo", "--once", "--data", tmp_path / "demo", "--port", port)
    assert found.returncode == 0, found.stderr
    assert "loading 200 customers" in found.stdout
    for line in ("support_agent", "***", "FIELD_DENIED", "+86"):
        assert line in found.stdout
    moments = [
        one for one in found.stdout.splitlines() if one.endswith(" customers") or ": one" in one
    ]
    assert [one.partition(":")[0] for one in moments if " customer" in one][-5:] == [
        "before", "SAME", "NOT_SAME", "UNDO", "UNDO",
    ]  # fmt: skip
    assert "equal before and after: profile, timeline, consents, segments and ids" in found.stdout
    assert '"viewsLastMinute": 1' in found.stdout
    assert found.stdout.count('"viewsLastMinute": null') == 1
    start, token = (shlex.split(line) for line in found.stdout.splitlines()[-2:])
    assert (start[1], token[1]) == ("up", "token")
    assert start[start.index("--data") + 1] == token[token.index("--data") + 1]
    assert run(*token[1:]).stdout.count(".") == 2
    again = run("demo", "--once", "--data", tmp_path / "demo", "--port", port)
    assert "loading" not in again.stdout


def printed(running: Running) -> str:
    """What it says at its start: it is ready a moment before it has printed its address."""
    deadline = time.monotonic() + 10
    while not running.output().endswith(f"{running.url}/graphql\n"):
        assert time.monotonic() < deadline, running.output()
        time.sleep(0.05)
    return running.output()


def test_the_address_is_printed_once_it_answers(up: Running) -> None:
    assert printed(up).count("http://") == 1


def test_a_second_start_on_it_says_what_to_do(up: Running) -> None:
    second = run("up", "--data", up.data, "--port", free_port())
    assert (second.returncode, second.stdout) == (2, "")
    assert re.fullmatch(r"c360: DATA_IN_USE: .*--data\n", second.stderr), second.stderr


def test_the_graph_explains_itself_to_who_may_see_it(up: Running) -> None:
    query = '{ __type(name: "Profile") { description fields { name description } } }'
    shown = up.ask("privacy_officer", query)["data"]["__type"]
    assert {"name", "phone", "totalSpend"} <= {field["name"] for field in shown["fields"]}
    (refused,) = up.ask("support_agent", query)["errors"]
    assert "did you mean" not in refused["message"].lower()


def test_the_schema_of_a_role_is_printed_with_what_it_means(up: Running) -> None:
    found = run("schema", "--role", "support_agent", "--data", up.data)
    assert found.returncode == 0, found.stderr
    for line in ('"""Full name as written."""', "type Profile", "input CustomerFilter"):
        assert line in found.stdout, line
    assert "RecordInput" not in found.stdout
    assert "upsertRecords" not in found.stdout


def test_an_import_with_wrong_rows_says_which_and_why(
    up: Running, imported: subprocess.CompletedProcess[str]
) -> None:
    assert imported.returncode == 1
    output = imported.stdout + imported.stderr
    assert "4 rows, 2 accepted, 0 duplicates, 2 rejected" in output
    assert "phone malformed: 1 identifiers join nobody" in output
    named = re.search(r"rejected rows: (.*)", output)
    assert named
    lines = Path(named[1]).read_text().splitlines()
    rejects = [json.loads(line) for line in lines]
    assert [(one["line"], one["code"]) for one in rejects] == [
        (3, "VALUE_INVALID"),
        (5, "KEY_PLACEHOLDER"),
    ]
    assert "Bo Li" in lines[0]


def test_what_was_imported_is_masked_for_one_and_clear_for_another(
    up: Running, imported: subprocess.CompletedProcess[str]
) -> None:
    shown = [
        up.ask(role, ASKED)["data"]["customerByRecord"]["profile"]
        for role in ("support_agent", "privacy_officer")
    ]
    assert [one["name"] for one in shown] == ["Ann Lee"] * 2
    assert shown[0]["phone"] != shown[1]["phone"] == "+8613900001122"
    assert shown[1]["totalSpend"] == 1234.5


def test_the_mended_reject_file_is_taken(
    up: Running, imported: subprocess.CompletedProcess[str]
) -> None:
    place = up.data.parent
    (place / "kh.csv").write_text(CSV.replace("1991-31-12", "1991-12-31").replace("#N/A,", "4,"))
    again = run(
        *("import", place / "kh.csv", "--source", "crm", "--mapping", place / "kh.yaml"),
        *("--data", up.data, "--url", up.url, "--wait", "profile"),
    )
    assert again.returncode == 0
    assert "4 rows, 2 accepted, 2 duplicates, 0 rejected" in again.stdout + again.stderr


def test_what_the_instance_refused_is_in_quarantine(up: Running) -> None:
    upsert = "mutation ($r: [RecordInput!]!) { upsertRecords(records: $r) { refused } }"
    wrong = [{"source": "crm", "key": "9", "traits": {"nmae": "Eva"}}]
    assert up.ask("connector", upsert, r=wrong)["data"] == {"upsertRecords": {"refused": 1}}
    where = ("--data", up.data, "--url", up.url)
    output = run("quarantine", "list", "--code", "UNKNOWN_TRAIT", *where).stdout
    (listed,) = map(json.loads, output.splitlines())
    assert (listed["code"], listed["key"]) == ("UNKNOWN_TRAIT", "9")
    shown = json.loads(run("quarantine", "show", listed["id"], *where).stdout)
    assert "Eva" in shown["item"]
    again = run("quarantine", "resend", listed["id"], *where)
    assert again.returncode == 1
    assert "did you mean 'name'" in json.loads(again.stdout)["message"]
    assert run("dead-letters", "list", *where).stdout == ""


def test_a_token_that_is_over_says_so(up: Running) -> None:
    token = up.token("support_agent", "--expires", "1s")
    time.sleep(1.1)
    code, answer = up.post({"query": "{ __typename }"}, token)
    assert code == 401
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    code, without = up.post({"query": "{ __typename }"})
    assert code == 401
    assert "Bearer" in json.dumps(without) or "token" in json.dumps(without)


@pytest.mark.parametrize("words", [("typo",), ("import", "nofile.csv"), ("up", "--prot", "1")])
def test_a_mistyped_command_says_the_right_one(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert "--help" in done.stderr


def test_ctrl_c_ends_it_in_silence(tmp_path: Path) -> None:
    with Running(tmp_path / "data") as running:
        before = printed(running)
        running.signal(signal.SIGINT)
        running.process.wait(STOP_S)
        assert running.process.returncode == 130
        assert "Traceback" not in running.output()
        assert running.output().removeprefix(before).strip() in ("", "Aborted!")
