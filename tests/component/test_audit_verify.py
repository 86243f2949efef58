"""`c360 audit verify` and `checkpoint` over a data directory that nobody runs."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from c360_cli import main as command
from c360_cli.assembly import assemble
from c360_cli.recording import by_operator, put_on_record


@pytest.fixture
def data(tmp_path):
    assemble(tmp_path / "data")
    for number in range(5):
        put_on_record(tmp_path / "data", by_operator("digest", f"d{number}"))
    return tmp_path / "data"


@pytest.fixture
def run(data, monkeypatch, capsys):
    def run_command(*arguments):
        monkeypatch.setattr(
            "sys.argv", ["c360", "audit", *map(str, arguments), "--data", str(data)]
        )
        with pytest.raises(SystemExit) as ended:
            command.main()
        return ended.value.code or 0, capsys.readouterr().out

    return run_command


def change(file, sql, *values):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql, values)


def verify(run, *arguments):
    code, out = run("verify", "--json", *arguments)
    return code, json.loads(out)


def test_what_commands_did_is_signed_and_so_is_the_question(run):
    code, found = verify(run)
    assert (code, found["touched"], found["entries"], found["findings"]) == (0, False, 5, [])
    code, found = verify(run)
    assert (code, found["entries"]) == (0, 6)
    code, out = run("verify")
    assert code == 0
    assert "7 entries under 7 signed checkpoints: nothing was touched" in out


@pytest.mark.parametrize(
    ("file", "sql", "kind", "part"),
    [
        (
            "log/log.db",
            "UPDATE entry SET source='x' WHERE topic='audit' AND off=2",
            "changed",
            "log",
        ),
        ("log/log.db", "DELETE FROM entry WHERE topic='audit' AND off=2", "removed", "log"),
        ("audit.db", "UPDATE place SET head='x' WHERE off=2", "changed", "store"),
        ("audit.db", "UPDATE leaf SET times=9 WHERE number=2", "changed", "rows"),
    ],
)
def test_what_was_touched_is_said_with_its_place(run, data, file, sql, kind, part):
    change(data / file, sql)
    code, result = verify(run)
    assert code == 1
    found = [(one["kind"], one["part"], one["first"], one["last"]) for one in result["findings"]]
    assert (kind, part, 2, 2) in found
    code, out = run("verify")
    assert code == 1
    assert "TOUCHED" in out


def test_an_entry_that_was_slipped_in_is_not_signed(run, data):
    sql = (
        "INSERT INTO entry SELECT topic, part, off + 1, key, 'audit:x', type, source, subject,"
        " time, stamp, data, traceparent FROM entry WHERE topic='audit' ORDER BY off DESC LIMIT 1"
    )
    change(data / "log" / "log.db", sql)
    code, found = verify(run)
    assert code == 1
    assert [(one["kind"], one["first"]) for one in found["findings"]] == [("unsigned", 5)]


def test_all_of_it_put_back_to_an_earlier_day_is_found_by_a_checkpoint_kept_elsewhere(
    run, data, tmp_path
):
    shutil.copytree(data, tmp_path / "earlier")
    put_on_record(data, by_operator("digest", "to be forgotten"))
    for form in ((), ("--json",)):
        kept = tmp_path / f"kept{len(form)}"
        kept.write_text(run("checkpoint", *form)[1])
        assert verify(run, "--checkpoint", kept)[0] == 0
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "earlier", data)
    code, result = verify(run, "--checkpoint", kept)
    assert code == 1
    (found,) = result["findings"]
    assert (found["kind"], found["part"], found["first"]) == ("removed", "checkpoint", 5)
    assert str(kept) in found["message"]


def test_a_checkpoint_of_somebody_else_is_told_apart(run, tmp_path):
    other = tmp_path / "other"
    assemble(other)
    put_on_record(other, by_operator("digest", "theirs"))
    kept = tmp_path / "kept"
    with closing(sqlite3.connect(other / "audit.db")) as store:
        kept.write_text(store.execute("SELECT note FROM checkpoint").fetchone()[0])
    code, found = verify(run, "--checkpoint", kept)
    assert code == 1
    assert [one["kind"] for one in found["findings"]] == ["forged"]


def test_a_file_without_a_checkpoint_is_refused(run, tmp_path):
    (tmp_path / "kept").write_text("nothing\n")
    assert run("verify", "--checkpoint", tmp_path / "kept")[0] == 2
    assert run("verify", "--checkpoint", tmp_path / "missing")[0] == 2


def test_the_key_rotates_and_what_the_old_one_signed_is_believed_still(run, data):
    vkey = json.loads(run("checkpoint", "--json")[1])["checkpoints"][0]["vkeys"][0]
    keys = data / "keys"
    (keys / "audit.key").rename(keys / "audit.previous.key")
    put_on_record(data, by_operator("digest", "after"))
    report = json.loads(run("checkpoint", "--json")[1])["checkpoints"][0]
    assert len(report["vkeys"]) == 2
    assert report["vkeys"][1] == vkey
    assert report["note"].count("\n— ") == 2
    assert verify(run)[0] == 0
    (keys / "audit.previous.key").unlink()
    code, found = verify(run)
    assert code == 1
    assert {one["kind"] for one in found["findings"]} == {"forged"}
    (keys / "audit.retired").write_text(f"{vkey}\n")
    assert verify(run)[0] == 0


def test_a_key_that_is_lost_is_not_made_anew_under_what_it_has_signed(run, data):
    (data / "keys" / "audit.key").unlink()
    assert run("verify")[0] == 2
    assert not (data / "keys" / "audit.key").exists()
