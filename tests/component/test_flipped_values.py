"""A value of an embedded file that is none any more: the file is at fault, and it says so."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from c360_kernel.errors import C360Error, Unusable
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import DEAD_LETTERS, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.damage import was_damaged
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_profile.store.sqlite import SqliteProfileStore

from c360_cli.assembly import assemble
from c360_cli.projections.draining import drain
from c360_cli.projections.mending import mend_stores
from c360_cli.topology import NAMES
from tests.component.two_instances import Place, digests

STORES = ("identity", "profile", "segment")
KEY = RecordKey("crm", "1")
TIERS = ("", "gold", "silver", "bronze")
_LOOSEN = "UPDATE sqlite_schema SET sql=replace(sql, ?, '') WHERE type='table'"
LOOKED_AT_FIRST = (
    "INSERT OR REPLACE INTO meta VALUES ('epoch', 'x')",
    "INSERT OR REPLACE INTO meta VALUES ('present', 'x')",
    "INSERT OR REPLACE INTO meta VALUES ('origin_log', x'07')",
    "INSERT OR REPLACE INTO meta VALUES ('origin_log', CAST(x'ff' AS TEXT))",
    "INSERT OR REPLACE INTO meta VALUES ('witness records', '1 0')",
    "INSERT OR REPLACE INTO meta VALUES ('witness records 0x', '1 0')",
    "INSERT OR REPLACE INTO meta VALUES ('witness records 0', '1')",
    "INSERT OR REPLACE INTO meta VALUES ('witness records 0', x'00')",
    "INSERT OR REPLACE INTO position VALUES ('records', 0, NULL)",
    "INSERT OR REPLACE INTO position VALUES ('records', 'x', 1)",
    "INSERT OR REPLACE INTO position VALUES ('records', 0, -113)",
    "INSERT OR REPLACE INTO position VALUES (x'08', 1, 1)",
    "INSERT OR REPLACE INTO begun VALUES ('records', 0, 0, 'x', 1)",
    "INSERT OR REPLACE INTO outbox VALUES (1, 'p', 'k', 'i', 't', 's', 's', 0, NULL, x'', '')",
)
MET_LATER = {
    "identity": "UPDATE record SET said=substr(said, 2)",
    "profile": "UPDATE record SET traits=substr(traits, 2)",
    "segment": "UPDATE members SET numbers=x'00'",
}


async def _write(data: Path, revision: int, *keys: str) -> None:
    instance = assemble(data)
    services, log = instance.services, instance.open_log()
    try:
        for key in keys:
            record, traits = RecordKey("crm", key), {"loyaltyTier": TIERS[revision]}
            payload = RecordUpserted(record, revision, 1_000, traits=traits)
            await log.append([new_entry(RECORDS, str(record), payload)])
        await drain(services, log)
    finally:
        await log.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("whole")
    asyncio.run(_write(data, 1, "1", "2", "3"))
    return data


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(whole, tmp_path / "data")
    yield tmp_path / "data"


def _put(file: Path, statement: str) -> None:
    """Change the file as a disk does: its tables are strict again afterwards."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        tables = "SELECT sql, name FROM sqlite_schema WHERE type='table'"
        held = connection.execute(tables).fetchall()
        connection.execute("PRAGMA writable_schema=1")
        for word in (", STRICT", " STRICT", " NOT NULL"):
            connection.execute(_LOOSEN, (word,))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)
        connection.execute("PRAGMA writable_schema=1")
        connection.executemany("UPDATE sqlite_schema SET sql=? WHERE name=?", held)


@pytest.mark.parametrize("statement", LOOKED_AT_FIRST)
async def test_what_says_where_a_store_is_and_cannot_be_read_is_damage(
    whole: Path, tmp_path: Path, statement: str
) -> None:
    file = tmp_path / "profile.db"
    shutil.copy(whole / file.name, file)
    with closing(SqliteProfileStore(file).connection):
        _put(file, statement)
    with pytest.raises(Unusable) as met:
        SqliteProfileStore(file).refuse_damaged()
    assert (met.value.code, met.value.path) == ("STORE_DAMAGED", file)


async def test_where_a_store_is_cannot_be_read_while_it_is_fed(data: Path) -> None:
    file = data / "profile.db"
    store = SqliteProfileStore(file)
    _put(file, "UPDATE position SET off='x'")
    with pytest.raises(Unusable) as met:
        await store.positions()
    await store.close()
    assert (met.value.code, met.value.path) == ("STORE_DAMAGED", file)
    assert was_damaged(file)


async def test_a_store_that_lost_where_it_is_is_made_anew(data: Path) -> None:
    before = await digests(Place(data))
    for name in ("profile", "audit"):
        _put(data / f"{name}.db", LOOKED_AT_FIRST[0])
    await mend_stores(assemble(data), NAMES)
    assert await digests(Place(data)) == before
    assert (data / "audit.db.unusable").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", STORES)
async def test_what_a_worker_cannot_read_is_not_the_fault_of_an_entry(
    data: Path, name: str
) -> None:
    file = data / f"{name}.db"
    _put(file, MET_LATER[name])
    with pytest.raises(Unusable) as met:
        await _write(data, 2, "1", "2", "3")
    assert (met.value.code, met.value.path) == ("STORE_DAMAGED", file)
    assert was_damaged(file)
    await mend_stores(assemble(data), NAMES)
    await _write(data, 3, "1")
    log = assemble(data).open_log()
    assert sum((await log.ends([DEAD_LETTERS])).values()) == 0
    await log.close()


@pytest.mark.parametrize("name", STORES)
async def test_a_digest_of_what_cannot_be_read_names_the_file(data: Path, name: str) -> None:
    file = data / f"{name}.db"
    _put(file, MET_LATER[name])
    with pytest.raises(Unusable, match=str(file)) as met:
        await digests(Place(data))
    assert met.value.code == "STORE_DAMAGED"


async def test_what_a_caller_meets_is_told_to_whoever_runs_it(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = data / "profile.db"
    _put(file, "UPDATE record SET traits='{\"SECRET'")
    store = assemble(data).service("profile").open_store()
    with pytest.raises(Unusable) as met:
        await store.records([KEY])
    await store.close()
    assert met.value.code == "STORE_DAMAGED"
    assert str(file) not in met.value.message
    assert f"STORE_DAMAGED: {file}" in caplog.text
    assert "SECRET" not in f"{met.value.__cause__} {caplog.text}"
    await mend_stores(assemble(data), NAMES)
    assert not was_damaged(file)


async def test_a_fault_of_the_code_is_not_taken_for_damage(data: Path) -> None:
    store = assemble(data).service("profile").open_store()
    with pytest.raises(TypeError), store.reading():
        raise TypeError("ours")
    await store.close()
    assert not was_damaged(data / "profile.db")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value='x' WHERE name='partitions'",
        "UPDATE meta SET value='x' WHERE name='stamp'",
        "UPDATE entry SET stamp=NULL",
        "UPDATE entry SET data=7",
    ],
)
async def test_a_value_of_the_log_that_is_none_names_the_log(data: Path, statement: str) -> None:
    file = data / "log" / "log.db"
    _put(file, statement)
    with pytest.raises(C360Error, match=str(file)) as refused:
        await _read_all(file.parent)
    assert refused.value.code == "STORE_DAMAGED"


async def _read_all(folder: Path) -> None:
    log = SqliteLog(folder)
    try:
        await log.identity()
        for partition in await log.ends([RECORDS]):
            await log.read(partition, 0, 10)
    finally:
        await log.close()
