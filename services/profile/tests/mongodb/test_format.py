"""A generation knows its format; one of another is refused, and a rebuild replaces it."""

import pytest
from c360_kernel.errors import Unusable
from c360_kernel.projection.rebuild import rebuild
from pymongo import MongoClient

from services.profile.tests.mongodb.told import service_on, work, world, write_log

pytestmark = pytest.mark.servers


def set_format(url, update):
    with MongoClient(url) as client:
        client.get_default_database()["projection"].update_many({"_id": {"$ne": "live"}}, update)


async def digest_of(service):
    store = service.open_store()
    try:
        return await store.digest()
    finally:
        await store.close()


# Generations of before there were numbers are of format 1.
@pytest.mark.parametrize("written", [{"$unset": {"format": 1}}, {"$set": {"format": 99}}])
async def test_another_format_is_refused_until_it_is_rebuilt(tmp_path, database_url, written):
    log = await write_log(tmp_path, world(6))
    service = service_on(tmp_path, database_url)
    await work(service, log)
    expected = await digest_of(service)
    set_format(database_url, written)
    with pytest.raises(Unusable) as refused:
        await digest_of(service)
    assert refused.value.code == "STORE_FORMAT"
    aside = service.open_aside()
    await rebuild(service, log, aside, aside.install)
    await aside.close()
    assert await digest_of(service) == expected
    await log.close()
