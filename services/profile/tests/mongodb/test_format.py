"""A generation of before there were numbers is of another format: a rebuild replaces it."""

import pytest
from c360_kernel.errors import Unusable
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.testing.feeding import work, write_log
from pymongo import MongoClient

from services.profile.tests.mongodb.told import service_on, world

pytestmark = pytest.mark.servers


def unset_format(url):
    with MongoClient(url) as client:
        states = client.get_default_database()["projection"]
        states.update_many({"_id": {"$ne": "live"}}, {"$unset": {"format": 1}})


async def digest_of(service):
    store = service.open_store()
    try:
        return await store.digest()
    finally:
        await store.close()


async def test_one_without_a_number_is_refused_until_it_is_rebuilt(tmp_path, database_url):
    log = await write_log(tmp_path, world(6))
    service = service_on(tmp_path, database_url)
    await work(service, log)
    expected = await digest_of(service)
    unset_format(database_url)
    with pytest.raises(Unusable) as refused:
        await digest_of(service)
    assert refused.value.code == "STORE_FORMAT"
    aside = service.open_aside()
    await rebuild(service, log, aside, aside.install)
    await aside.close()
    assert await digest_of(service) == expected
    await log.close()
