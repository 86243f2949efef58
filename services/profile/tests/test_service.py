"""The service put together: its worker on a log, a rebuild, a changed catalog, its settings."""

from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import SettingsError
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import CONSENTS, EVENTS, IDENTITIES, PROFILES, RECORDS
from c360_kernel.payload import (
    ConsentRecorded,
    EventTracked,
    ProfileChanged,
    RecordAssigned,
    RecordUpserted,
)
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_profile.bootstrap import build
from c360_profile.settings import ProfileSettings
from c360_profile.testing.catalog import CATALOG

ANN, BOB = RecordKey("crm", "ann"), RecordKey("web", "bob")


def entries():
    yield new_entry(RECORDS, str(ANN), RecordUpserted(ANN, 1, 5, False, (), {"name": "Ann"}))
    yield new_entry(RECORDS, str(BOB), RecordUpserted(BOB, 1, 6, False, (), {"name": "Bob"}))
    yield new_entry(EVENTS, str(BOB), EventTracked(BOB, "m1", "page_viewed", 7))
    yield new_entry(CONSENTS, str(BOB), ConsentRecorded(BOB, "marketing", "denied", 8))
    yield new_entry(IDENTITIES, str(ANN), RecordAssigned(ANN, "c1", Version(0, 1)))
    yield new_entry(IDENTITIES, str(BOB), RecordAssigned(BOB, "c2", Version(0, 1)))
    yield new_entry(IDENTITIES, str(BOB), RecordAssigned(BOB, "c1", Version(0, 2), "c2"))


async def nothing_to_install() -> None:
    """The rebuilt store stands where it will be used."""


async def profiles(log: MemoryLog):
    found = {}
    for partition, end in (await log.ends([PROFILES])).items():
        for entry in await log.read(partition, 0, end):
            payload = decode(PROFILES, entry.data)
            assert entry.key not in found or payload.version > found[entry.key].version
            found[entry.key] = payload
    return found


async def fed(service, log: MemoryLog):
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0.01):
        pass
    await worker.close()
    return store


@pytest.fixture
async def log():
    log = MemoryLog()
    for entry in entries():
        await log.append([entry])
    return log


@pytest.fixture
def service(tmp_path: Path):
    return build(ProfileSettings(data=tmp_path), CATALOG, SEALER)


async def test_the_worker_feeds_it_from_the_log(service, log):
    store = await fed(service, log)
    found = await profiles(log)
    assert found["c1"].traits == {"name": "Ann"}
    assert (found["c2"].ended, found["c2"].successor) == (True, "c1")
    assert await store.counts() == {"records": 2, "events": 1, "customers": 1}
    await store.close()


async def test_a_rebuild_gives_the_same_digest_and_tells_nothing_new(service, log, tmp_path):
    store = await fed(service, log)
    digest, found = await store.digest(), await profiles(log)
    await store.close()
    anew = build(ProfileSettings(data=tmp_path / "anew"), CATALOG, SEALER)
    rebuilt = anew.open_store()
    assert await rebuild(anew, log, rebuilt, nothing_to_install) == 0
    assert await rebuilt.digest() == digest
    assert await profiles(log) == found
    await rebuilt.close()


async def test_after_a_rebuild_versions_outrank_those_of_before(service, log, tmp_path):
    await (await fed(service, log)).close()
    anew = build(ProfileSettings(data=tmp_path / "anew"), CATALOG, SEALER)
    rebuilt = anew.open_store()
    await rebuild(anew, log, rebuilt, nothing_to_install)
    renamed = RecordUpserted(ANN, 2, 9, False, (), {"name": "Anne"})
    await log.append([new_entry(RECORDS, str(ANN), renamed)])
    await (await fed(anew, log)).close()
    assert (await profiles(log))["c1"].traits == {"name": "Anne"}
    assert (await profiles(log))["c1"].version.epoch == 1
    await rebuilt.close()


async def test_a_changed_catalog_folds_every_customer_anew(service, log, tmp_path):
    await (await fed(service, log)).close()
    nameless = {name: trait for name, trait in CATALOG.traits.items() if name != "name"}
    changed = type(CATALOG)(
        "another digest",
        CATALOG.identifiers,
        nameless,
        CATALOG.events,
        CATALOG.sources,
        CATALOG.purposes,
        CATALOG.segments,
    )
    renewed = build(ProfileSettings(data=tmp_path), changed, SEALER)
    store = await fed(renewed, log)
    await renewed.worker(log, store).relay()
    assert (await profiles(log))["c1"].traits == {}
    assert await store.folded_by() == renewed.basis
    await store.close()


async def test_an_unchanged_catalog_folds_nobody_anew(service, log):
    store = await fed(service, log)
    odd = {"name": "not what its records say"}
    async with store.unit() as unit:
        await service.restate(unit, [ProfileChanged("c1", Version(0, 0), odd)])
    await service.prepare(store)
    assert (await store.customers(["c1"]))["c1"].traits == odd
    await store.close()


async def test_the_graph_answers_from_the_file_the_worker_writes(service, log):
    store = await fed(service, log)
    graph = service.open_graph()
    assert await graph.ready()
    assert "customers" in graph.sdl()
    await store.close()


def test_the_store_is_where_the_setting_says(tmp_path, monkeypatch):
    monkeypatch.setenv("C360_PROFILE_STORE", f"sqlite:///{tmp_path}/elsewhere.db")
    build(ProfileSettings(), CATALOG, SEALER).open_store()
    assert (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize("url", ["mongodb://localhost", "sqlite:///", "profile.db"])
def test_a_store_that_no_adapter_knows_is_refused(tmp_path, url):
    with pytest.raises(SettingsError):
        build(ProfileSettings(data=tmp_path, profile_store=url), CATALOG, SEALER)
