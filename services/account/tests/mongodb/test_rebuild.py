"""A rebuild fills a generation of its own; another format is refused until it is rebuilt."""

from dataclasses import replace

import pytest
from c360_kernel.errors import Unusable
from c360_kernel.projection.rebuild import rebuild
from pymongo import MongoClient

from services.account.tests.mongodb.told import service_on, work, world, write_log

pytestmark = pytest.mark.servers


@pytest.fixture
async def log(tmp_path):
    log = await write_log(tmp_path, world(6))
    yield log
    await log.close()


@pytest.fixture
async def service(tmp_path, database_url, log):
    service = service_on(tmp_path, database_url)
    await work(service, log)
    return service


async def rebuilt(service, log):
    store = service.open_aside()
    differences = await rebuild(service, log, store, store.install)
    await store.close()
    return differences


def generations(url):
    with MongoClient(url) as client:
        names = client.get_default_database().list_collection_names()
    return {name.split("_")[-1] for name in names}


async def test_a_reader_that_is_open_goes_on_with_the_new_store(service, log, database_url):
    reader = service.open_store()
    digest, counts = await reader.digest(), await reader.counts()
    assert await rebuilt(service, log) == 0
    assert await reader.digest() == digest
    assert await reader.counts() == counts
    async with reader.unit() as unit:
        assert unit.epoch == 1
    assert generations(database_url) == {"1", "projection", "origin"}
    await reader.close()


async def test_what_the_store_had_wrong_is_stated_right(service, log):
    store = service.open_store()
    payload, *_ = [found async for found in store.emissions()]
    async with store.unit() as unit:
        await service.restate(unit, [replace(payload, account="nobody's")])
    worker = service.worker(log, store)
    await worker.relay()
    assert await rebuilt(service, log) == 1
    assert await store.outgoing(1) == []
    await store.close()


async def test_a_rebuild_that_was_killed_is_swept_away_by_the_next(service, log, database_url):
    reader = service.open_store()
    digest = await reader.digest()
    abandoned = service.open_aside()
    await abandoned.start_epoch(1)
    assert set((await abandoned.counts()).values()) == {0}
    assert await reader.digest() == digest
    assert await rebuilt(service, log) == 0
    assert await reader.digest() == digest
    assert generations(database_url) == {"2", "projection", "origin"}
    for store in (abandoned, reader):
        await store.close()


# Generations of before there were numbers are of format 1, which no account store ever was.
async def test_another_format_is_refused_until_it_is_rebuilt(service, log, database_url):
    store = service.open_store()
    expected = await store.digest()
    await store.close()
    with MongoClient(database_url) as client:
        states = client.get_default_database()["account_projection"]
        states.update_many({"_id": {"$ne": "live"}}, {"$set": {"format": 99}})
    store = service.open_store()
    with pytest.raises(Unusable, match="c360 replay --projection account") as refused:
        await store.digest()
    assert refused.value.code == "STORE_FORMAT"
    await rebuilt(service, log)
    assert await store.digest() == expected
    await store.close()
