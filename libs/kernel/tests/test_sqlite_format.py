"""A file knows its format: another one is refused, never half understood."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from c360_kernel.errors import Invalid, Unusable
from c360_kernel.log.format import LOG_FORMAT, READABLE
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.projection.sqlite import SqliteProjection
from c360_kernel.sqlite import connect, store_errors
from c360_kernel.sqlite_format import adopt
from c360_kernel.testing.entries import record_entry

SCHEMA = "CREATE TABLE IF NOT EXISTS seen(id TEXT, n INTEGER)"


def _number(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def _run(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def _open(path: Path, number: int = 1, schema: str = SCHEMA) -> SqliteProjection:
    return SqliteProjection(path, schema, "mend it", number)


def test_a_new_file_has_the_number_of_its_version_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for _ in range(2):
        _open(path, 7).connection.close()
        assert _number(path) == 7


def test_a_file_from_before_there_were_numbers_is_the_first_format(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    _open(path).connection.close()
    _run(path, "PRAGMA user_version=0")
    _open(path).connection.close()
    assert _number(path) == 1


@pytest.mark.parametrize(("written", "read"), [(2, 1), (1, 2), (0, 2), (9, 3)])
def test_another_format_is_refused_by_file_and_mend(
    tmp_path: Path, written: int, read: int
) -> None:
    path = tmp_path / "store.db"
    _open(path).connection.close()
    _run(path, f"PRAGMA user_version={written}")
    with pytest.raises(Unusable) as refused:
        _open(path, read)
    assert (refused.value.code, refused.value.path) == ("STORE_FORMAT", path)
    assert "store.db" in refused.value.message
    assert "mend it" in refused.value.message
    assert _number(path) == written


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE seen RENAME COLUMN n TO m",
        "ALTER TABLE seen ADD COLUMN more TEXT",
        "ALTER TABLE seen DROP COLUMN n",
        "ALTER TABLE position RENAME COLUMN off TO place",
    ],
)
@pytest.mark.parametrize("number", [0, 1])
def test_tables_that_do_not_fit_the_number_are_refused(
    tmp_path: Path, change: str, number: int
) -> None:
    path = tmp_path / "store.db"
    _open(path).connection.close()
    _run(path, change, f"PRAGMA user_version={number}")
    with pytest.raises(Unusable) as refused:
        _open(path)
    assert refused.value.code == "STORE_FORMAT"


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(Unusable) as refused:
        _open(path)
    assert refused.value.code == "STORE_DAMAGED"


async def test_the_log_knows_its_format(tmp_path: Path) -> None:
    await SqliteLog(tmp_path).close()
    assert _number(tmp_path / "log.db") == LOG_FORMAT
    _run(tmp_path / "log.db", f"PRAGMA user_version={LOG_FORMAT + 1}")
    with pytest.raises(Unusable) as refused:
        SqliteLog(tmp_path)
    assert (refused.value.code, refused.value.path) == ("STORE_FORMAT", tmp_path / "log.db")


@pytest.mark.parametrize("before", [0, *sorted(READABLE)])
async def test_a_log_of_a_format_before_is_read_and_becomes_the_present_one(
    tmp_path: Path, before: int
) -> None:
    log = SqliteLog(tmp_path)
    entry = record_entry("k")
    (place,) = await log.append([entry])
    await log.close()
    _run(tmp_path / "log.db", f"PRAGMA user_version={before}")
    log = SqliteLog(tmp_path)
    (read,) = await log.read(place.topic_partition, place.offset, 1)
    await log.close()
    assert read.id == entry.id
    assert _number(tmp_path / "log.db") == LOG_FORMAT


@pytest.mark.parametrize(
    ("statement", "error", "code"),
    [
        ("SELECT m FROM seen", Unusable, "STORE_FORMAT"),
        ("SELECT * FROM unheard", Unusable, "STORE_FORMAT"),
        ("INSERT INTO seen(m) VALUES (1)", Unusable, "STORE_FORMAT"),
        ("SELECT " + "(" * 2000 + "1" + ")" * 2000, Invalid, "STORE_STATEMENT"),
        ("SELECT zeroblob(3000000000)", Invalid, "STORE_TOO_LARGE"),
    ],
)
def test_what_a_store_lacks_is_its_own_fault_and_what_is_asked_the_callers(
    tmp_path: Path, statement: str, error: type[Exception], code: str
) -> None:
    connection = connect(tmp_path / "store.db")
    adopt(connection, SCHEMA, 1)
    with pytest.raises(error) as raised, store_errors():
        connection.execute(statement).fetchall()
    assert raised.value.code == code  # type: ignore[attr-defined]


def test_a_damaged_page_is_the_stores_fault(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = _open(path)
    store.connection.executemany("INSERT INTO seen VALUES (?, 1)", [("x" * 500,)] * 500)
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.connection.close()
    content = bytearray(path.read_bytes())
    content[4096 * 12 : 4096 * 40] = b"\xff" * (4096 * 28)
    path.write_bytes(content)
    with pytest.raises(Unusable) as raised, store_errors():
        connect(path).execute("SELECT count(id), max(n) FROM seen").fetchall()
    assert raised.value.code == "STORE_DAMAGED"
