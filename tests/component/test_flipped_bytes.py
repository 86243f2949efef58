"""Bytes of an embedded file that changed on the disk: it is named, and a start makes it whole."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest
from c360_kernel.errors import C360Error, Unusable
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import DEAD_LETTERS, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.damage import was_damaged
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.sqlite import connect, store_errors
from c360_kernel.testing.entries import new_entry
from c360_profile.handlers.handler import ProfileHandler

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain
from c360_cli.projections.mending import mend_stores
from c360_cli.topology import NAMES
from tests.component.two_instances import Place, digests

STORES = ("identity", "profile", "segment")
PAGE = 4_096


async def _fed(instance: Instance, first: int, count: int = 40) -> None:
    services, log = instance.services, instance.open_log()
    for number in range(first, first + count):
        record = RecordKey("crm", f"{number}")
        known = (Identifier("email", f"person.{number}@mail.example"),)
        payload = RecordUpserted(record, 1, 1_000, False, known, {"city": f"City {number}"})
        await log.append([new_entry(RECORDS, str(record), payload)])
    try:
        await drain(services, log)
    finally:
        await log.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("whole")
    asyncio.run(_fed(assemble(data), 0))
    yield data


def _flip(file: Path, pages: Iterable[int], random: Random, within: int = PAGE) -> None:
    """Change 64 bytes among the first of each page."""
    content = bytearray(file.read_bytes())
    for page in pages:
        for _ in range(64):
            content[page * PAGE + random.randrange(within)] ^= random.randrange(1, 256)
    file.write_bytes(content)


def _pages(file: Path) -> range:
    return range(1, file.stat().st_size // PAGE)


@pytest.mark.parametrize("name", [*STORES, "audit"])
@pytest.mark.parametrize("seed", range(3))
async def test_a_store_of_which_little_is_left_is_made_anew(
    whole: Path, tmp_path: Path, name: str, seed: int
) -> None:
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    expected = await digests(Place(data))
    file = data / f"{name}.db"
    _flip(file, _pages(file), Random(seed))
    await mend_stores(assemble(data), NAMES)
    assert await digests(Place(data)) == expected
    await _fed(assemble(data), 100, 1)


@pytest.mark.parametrize("name", STORES)
async def test_damage_that_a_worker_meets_is_mended_by_the_next_start(
    whole: Path, tmp_path: Path, name: str
) -> None:
    """Opening the file looks at none of the pages."""
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    file = data / f"{name}.db"
    # What lies elsewhere on a page may be read by nobody who feeds others.
    _flip(file, _tables_of(file, "record", "customer"), Random(1), within=64)
    await mend_stores(assemble(data), NAMES)
    with pytest.raises(Unusable) as met:
        await _fed(assemble(data), 100)
    assert (met.value.code, met.value.path) == ("STORE_DAMAGED", file)
    assert str(file) in met.value.message
    await mend_stores(assemble(data), NAMES)
    await _fed(assemble(data), 200, 1)
    log = assemble(data).open_log()
    assert sum((await log.ends([DEAD_LETTERS])).values()) == 0
    await log.close()
    assert not file.with_name(f"{file.name}-damaged").exists()


def _tables_of(file: Path, *tables: str) -> list[int]:
    """The first pages of these tables and their indexes."""
    connection = connect(file)
    sql = f"SELECT rootpage FROM sqlite_schema WHERE tbl_name IN ({','.join('?' * len(tables))})"
    roots = [root - 1 for (root,) in connection.execute(sql, tables)]
    connection.close()
    return roots


def test_a_damaged_log_is_named_and_never_taken_for_another_fault(
    whole: Path, tmp_path: Path
) -> None:
    refused: list[C360Error] = []
    for page in _pages(whole / "log" / "log.db"):
        file = _copied_log(whole, tmp_path, page)
        _flip(file, range(page, page + 1), Random(page))
        refused += _refusals_of(file)
    assert {one.code for one in refused} == {"STORE_DAMAGED"}


def test_entries_that_are_not_where_they_are_looked_for_are_damage(
    whole: Path, tmp_path: Path
) -> None:
    """Each row of such a page is sound: the beginning of the topic only seems to be gone."""
    refused: list[C360Error] = []
    for page in _pages(whole / "log" / "log.db"):
        file = _copied_log(whole, tmp_path, page)
        content = bytearray(file.read_bytes())
        place = slice(page * PAGE, (page + 1) * PAGE)
        content[place] = content[place].replace(b"records", b"secords")
        file.write_bytes(content)
        refused += _refusals_of(file)
    assert {one.code for one in refused} == {"STORE_DAMAGED"}


def _copied_log(whole: Path, tmp_path: Path, page: int) -> Path:
    shutil.copytree(whole / "log", tmp_path / str(page))
    return tmp_path / str(page) / "log.db"


def _refusals_of(file: Path) -> Iterator[C360Error]:
    try:
        asyncio.run(SqliteLog(file.parent).close())
    except C360Error as error:
        assert str(file) in error.message
        yield error


@pytest.mark.parametrize("what", ["name", "sql"])
def test_a_schema_that_is_no_text_is_damage(tmp_path: Path, what: str) -> None:
    file = tmp_path / "a.db"
    connection = connect(file)
    connection.execute("CREATE TABLE t(x TEXT)")
    connection.execute("PRAGMA writable_schema=1")
    connection.execute(f"UPDATE sqlite_schema SET {what} = CAST(x'ffff' AS TEXT)")
    connection.close()
    with pytest.raises(Unusable) as refused, store_errors(file):
        connect(file).execute("SELECT * FROM t")
    assert (refused.value.code, refused.value.path) == ("STORE_DAMAGED", file)


@pytest.mark.parametrize("column", ["x", 'x AS "a\'"'])
def test_what_was_text_and_is_none_is_damage_and_is_not_quoted(tmp_path: Path, column: str) -> None:
    connection = connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE t(x TEXT)")
    connection.execute("INSERT INTO t VALUES (CAST(x'53454352455480ff' AS TEXT))")
    with pytest.raises(Unusable) as refused, store_errors(tmp_path / "a.db"):
        connection.execute(f"SELECT {column} FROM t").fetchall()
    assert refused.value.code == "STORE_DAMAGED"
    assert "SECRET" not in f"{refused.value} {refused.value.__cause__}"


async def test_an_entry_is_not_put_aside_for_what_is_the_file_s_fault(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    file = data / "profile.db"
    # What lies elsewhere on a page may be read by nobody who feeds others.
    _flip(file, _tables_of(file, "record", "customer"), Random(1), within=64)

    async def handle(*_: object) -> None:
        raise ValueError("something read was no value")

    monkeypatch.setattr(ProfileHandler, "handle", handle)
    with pytest.raises(Unusable) as met:
        await _fed(assemble(data), 100, 1)
    assert (met.value.code, met.value.path) == ("STORE_DAMAGED", file)
    assert was_damaged(file)
