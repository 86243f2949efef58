"""A file that is removed while it is in use is noticed before anything is written into nowhere."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from c360_kernel.errors import Transient
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.open_files import gone_files, let_go
from c360_kernel.sqlite import connect, writing
from c360_kernel.testing.entries import record_entry

ENDS = ("", "-wal")


def _replace(file: Path) -> None:
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    copy.replace(file)


LOSSES: tuple[Callable[[Path], None], ...] = (Path.unlink, _replace)


def _held(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    with writing(connection):
        connection.execute("CREATE TABLE t(x)")
    return connection


def _put(connection: sqlite3.Connection) -> None:
    with writing(connection):
        connection.execute("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_written_to_what_is_gone(
    tmp_path: Path, end: str, lose: Callable[[Path], None]
) -> None:
    file = tmp_path / f"a.db{end}"
    connection = _held(tmp_path / "a.db")
    _put(connection)
    assert "a.db" not in str(gone_files())
    lose(file)
    for ask in (lambda: _put(connection), lambda: connect(tmp_path / "a.db")):
        with pytest.raises(Transient) as refused:
            ask()
        assert refused.value.code == "STORE_GONE"
        assert f"{file} was removed" in refused.value.message
    assert gone_files()[file.name] == "STORE_GONE"
    connection.close()
    assert file.name not in gone_files()


@pytest.mark.parametrize("end", ENDS)
def test_what_is_put_back_is_used_again(tmp_path: Path, end: str) -> None:
    file, aside = tmp_path / f"a.db{end}", tmp_path / "aside"
    connection = _held(tmp_path / "a.db")
    file.rename(aside)
    with pytest.raises(Transient):
        _put(connection)
    aside.rename(file)
    _put(connection)
    assert file.name not in gone_files()
    connection.close()


def test_a_file_that_is_replaced_on_purpose_is_not_missed(tmp_path: Path) -> None:
    connection = _held(tmp_path / "a.db")
    let_go(tmp_path / "a.db")
    (tmp_path / "a.db").unlink()
    assert "a.db" not in gone_files()
    connect(tmp_path / "a.db").close()
    connection.close()


async def test_a_log_without_its_wal_takes_nothing_and_keeps_what_it_took(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = SqliteLog(tmp_path)
    for number in range(3):
        await log.append([record_entry(str(number))])
    (tmp_path / "log.db-wal").unlink()
    for ask in (log.identity, lambda: log.append([record_entry("lost")])):
        with pytest.raises(Transient) as refused:
            await ask()
        assert refused.value.code == "LOG_UNAVAILABLE"
    text = f"STORE_GONE: the log takes no entries: {tmp_path}/log.db-wal was removed"
    assert caplog.text.count(text) == 1
    # As a process that is killed now leaves it.
    shutil.copy(tmp_path / "log.db", tmp_path / "left.db")
    with sqlite3.connect(tmp_path / "left.db") as left:
        assert left.execute("SELECT count(*) FROM entry WHERE topic=?", (RECORDS,)).fetchone() == (
            3,
        )
    await log.close()


async def test_a_wal_that_another_process_made_anew_is_left_alone(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    await log.append([record_entry("a")])
    before = (tmp_path / "log.db").read_bytes()
    (tmp_path / "log.db-wal").unlink()
    (tmp_path / "log.db-wal").touch()
    with pytest.raises(Transient):
        await log.append([record_entry("b")])
    assert (tmp_path / "log.db").read_bytes() == before
    await log.close()
