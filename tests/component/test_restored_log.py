"""A log put back from an older copy that has grown since is not the one that fed the stores."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from c360_audit.testing.entries import operation
from c360_kernel.errors import SettingsError
from c360_kernel.log.topics import AUDIT, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain
from c360_cli.projections.rebuilding import rebuild_in_place
from c360_cli.projections.status import read_status

DERIVING = ("identity", "profile", "segment", "account")


async def _say(instance: Instance, first: int, count: int, *, is_fed: bool = True) -> None:
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    for number in range(first, first + count):
        record = RecordKey("crm", str(number))
        payload = RecordUpserted(record, 1, 1, traits={"loyaltyTier": "gold"})
        await log.append([new_entry(RECORDS, str(record), payload)])
    if is_fed:
        await drain(instance.services, log)
    await log.close()


async def _opened(instance: Instance, name: str) -> None:
    service, log = instance.service(name), instance.open_log()
    store = service.open_store()
    try:
        await service.opened(log, store)
    finally:
        await store.close()
        await log.close()


async def _went_back_and_grew(instance: Instance, directory: Path) -> None:
    """The log is put back from a copy once stores are fed, and takes more than they know of."""
    file, aside = directory / "data" / "log" / "log.db", directory / "older.db"
    await _say(instance, 0, 5)
    shutil.copy(file, aside)
    await _say(instance, 100, 5)
    for name in DERIVING:
        await _opened(instance, name)
    shutil.copy(aside, file)
    await _say(instance, 200, 60, is_fed=False)


async def _refused(instance: Instance, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        await _opened(instance, name)
    assert refused.value.code == "LOG_FOREIGN"
    assert f"c360 replay --projection {name}" in refused.value.message


async def _made_anew(instance: Instance) -> None:
    for name in DERIVING:
        await rebuild_in_place(instance, name)
        await _opened(instance, name)
    # What was sent is made anew by nothing.
    with pytest.raises(SettingsError, match="move it away"):
        await _opened(instance, "activation")
    (instance.directory.root / "activation.db").unlink()
    await _say(instance, 300, 5)
    log = instance.open_log()
    assert (await read_status(instance, log)).projections["profile"]["customers"] == 70
    await log.close()


async def test_a_log_that_went_back_and_grew_is_refused_until_stores_are_made_anew(
    tmp_path: Path,
) -> None:
    instance = assemble(tmp_path / "data")
    await _went_back_and_grew(instance, tmp_path)
    await _refused(instance, "identity")
    await _made_anew(instance)


@pytest.mark.servers
async def test_stores_on_servers_know_it_too(
    tmp_path: Path, neo4j_url: str, mongodb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"t{secrets.token_hex(4)}"
    monkeypatch.setenv("C360_IDENTITY_STORE", f"{neo4j_url}?prefix={place}")
    monkeypatch.setenv("C360_PROFILE_STORE", f"{mongodb_url}/{place}")
    instance = assemble(tmp_path / "data")
    await _went_back_and_grew(instance, tmp_path)
    await _refused(instance, "identity")
    await _refused(instance, "profile")
    await _made_anew(instance)


async def _look(instance: Instance, first: int, count: int, *, is_fed: bool = True) -> None:
    """Operations are put on record."""
    audit, log = instance.service("audit"), instance.open_log()
    looks = (operation(principal=f"p{number}") for number in range(first, first + count))
    await log.append([new_entry(AUDIT, one.principal, one) for one in looks])
    if is_fed:
        await drain([audit], log)
    await log.close()


async def _refused_by_audit(instance: Instance, directory: Path) -> None:
    file, aside = directory / "data" / "log" / "log.db", directory / "older.db"
    await _look(instance, 0, 5)
    shutil.copy(file, aside)
    await _look(instance, 100, 5)
    await _opened(instance, "audit")
    shutil.copy(aside, file)
    await _look(instance, 200, 60, is_fed=False)
    with pytest.raises(SettingsError, match="move that store away") as refused:
        await _opened(instance, "audit")
    assert refused.value.code == "LOG_FOREIGN"


async def test_what_is_on_record_knows_its_log_again(tmp_path: Path) -> None:
    instance = assemble(tmp_path / "data")
    await _refused_by_audit(instance, tmp_path)
    (tmp_path / "data" / "audit.db").rename(tmp_path / "audit.db")
    await _look(instance, 300, 5)
    await _opened(instance, "audit")


@pytest.mark.servers
async def test_what_is_on_record_on_a_server_knows_it_too(
    tmp_path: Path, mongodb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{mongodb_url}/t{secrets.token_hex(4)}"
    monkeypatch.setenv("C360_AUDIT_STORE", place)
    instance = assemble(tmp_path / "data")
    await _refused_by_audit(instance, tmp_path)
    monkeypatch.setenv("C360_AUDIT_STORE", f"{place}b")
    await _look(instance, 300, 5)
    await _opened(instance, "audit")


async def test_what_went_from_the_log_since_it_was_handled_says_nothing(tmp_path: Path) -> None:
    instance = assemble(tmp_path / "data")
    await _look(instance, 0, 5)
    await _look(instance, 5, 60, is_fed=False)
    with closing(sqlite3.connect(tmp_path / "data" / "log" / "log.db")) as log:
        log.execute("DELETE FROM entry WHERE topic=? AND off<5", (AUDIT,))
        log.commit()
    await _opened(instance, "audit")


async def test_a_log_that_only_grew_and_a_store_of_before_are_taken(tmp_path: Path) -> None:
    instance = assemble(tmp_path / "data")
    await _say(instance, 0, 5)
    await _say(instance, 100, 30, is_fed=False)
    for name in DERIVING:
        await _opened(instance, name)
    store = instance.service("identity").open_store()
    store.connection.execute("DELETE FROM meta WHERE name LIKE 'witness %'")
    await store.close()
    await _opened(instance, "identity")
