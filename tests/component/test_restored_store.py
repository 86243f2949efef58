"""A store put back from an older copy, or emptied, catches up and is believed again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry

from c360_cli.assembly import Instance, assemble, copy_setup
from c360_cli.directory import DataDirectory
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain
from c360_cli.projections.rebuilding import rebuild_in_place
from c360_cli.projections.status import read_status


async def _upsert(instance: Instance, revision: int, tier: str) -> None:
    """Say the same three people anew, with another loyalty tier, and derive."""
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    for number in range(3):
        record = RecordKey("crm", str(number))
        payload = RecordUpserted(record, revision, revision, traits={"loyaltyTier": tier})
        await log.append([new_entry(RECORDS, str(record), payload)])
    await drain(instance.services, log)
    await log.close()


async def _digests(instance: Instance) -> dict[str, str]:
    found: dict[str, str] = {}
    for service in instance.deriving:
        store = service.open_store()
        found[service.name] = await store.digest()
        await store.close()
    return found


async def _replayed(instance: Instance, data: Path) -> dict[str, str]:
    copy_setup(instance.directory, DataDirectory(data))
    again = assemble(data)
    old, new = instance.open_log(), again.open_log()
    await copy_truth(old, new)
    await drain(again.services, new)
    await old.close()
    await new.close()
    return await _digests(again)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["identity", "profile", "segment"])
async def test_a_store_from_an_older_copy_catches_up_and_is_believed(
    tmp_path: Path, name: str
) -> None:
    instance = assemble(tmp_path / "data")
    await _upsert(instance, 1, "silver")
    path = instance.directory.store(name)
    shutil.copy(path, tmp_path / "older.db")
    await _upsert(instance, 2, "gold")
    await _upsert(instance, 3, "silver")
    _remove(path)
    shutil.copy(tmp_path / "older.db", path)
    await _upsert(instance, 4, "gold")
    assert await _digests(instance) == await _replayed(instance, tmp_path / "again")


@pytest.mark.parametrize("name", ["identity", "profile", "segment"])
async def test_an_emptied_store_is_told_as_behind_and_derived_again(
    tmp_path: Path, name: str
) -> None:
    instance = assemble(tmp_path / "data")
    await _upsert(instance, 1, "gold")
    before = await _digests(instance)
    _remove(instance.directory.store(name))
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    service = instance.service(name)
    store = service.open_store()
    worker = service.worker(log, store)
    await service.opened(log, store)
    await worker.feed(0)
    assert (await read_status(instance, log)).projections[name]["lag"] > 0
    await worker.close()
    await store.close()
    await drain(instance.services, log)
    await log.close()
    assert await _digests(instance) == before


@pytest.mark.parametrize("name", ["identity", "profile", "segment"])
async def test_what_a_killed_rebuild_left_behind_is_not_fed_on(tmp_path: Path, name: str) -> None:
    """A half-fed store beside the real one would skip what it believes to have handled."""
    data = tmp_path / "data"
    instance = assemble(data)
    await _upsert(instance, 1, "gold")
    expected = await _digests(instance)
    aside = data / f"{name}.rebuild.db"
    half_fed = instance.service(name, f"sqlite:///{aside}").open_store()
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    topics = instance.service(name).topics
    async with half_fed.unit() as unit:
        await unit.advance({}, {one: end for one, end in (await log.ends(topics)).items() if end})
    await half_fed.close()
    await log.close()
    await rebuild_in_place(instance, name)
    assert await _digests(instance) == expected
    assert not aside.exists()
