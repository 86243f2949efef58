"""Of a large customer much waits to be told, and nothing of it is put aside."""

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, PROFILES, RECORDS
from c360_kernel.payload import RecordAssigned, RecordUpserted
from c360_kernel.projection.worker import Worker
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES
from pymongo import MongoClient

pytestmark = [pytest.mark.servers, pytest.mark.slow]
LARGE, SMALL = RecordKey("crm", "large"), RecordKey("crm", "small")
TOPICS = (RECORDS, IDENTITIES)
LARGEST_DOCUMENT = 16 * 1024 * 1024
CHANGES = 60


def assigned():
    """Two records that are one customer."""
    return [
        new_entry(IDENTITIES, str(key), RecordAssigned(key, "c1", Version(0, 1)))
        for key in (LARGE, SMALL)
    ]


def changes():
    """Half a megabyte of golden profile, and sixty small changes of it."""
    traits = {"interests": tuple(f"{n}{'x' * 1_000}" for n in range(500))}
    payload = [RecordUpserted(LARGE, 1, 5, False, (), traits)]
    for number in range(1, CHANGES + 1):
        payload.append(RecordUpserted(SMALL, number, 5, False, (), {"city": f"City {number}"}))
    return [new_entry(RECORDS, "one partition", stated) for stated in payload]


async def fed(store):
    """What a worker tells that begins after one that was killed in the changes."""
    log = MemoryLog()
    worker = Worker("profile", TOPICS, log, store, ProfileHandler(RULES))
    await log.append(assigned())
    while await worker.step(0.01):
        pass
    await worker.close()
    await log.append(changes())
    for partition, end in (await log.ends([RECORDS])).items():
        if end:
            await store.begin(await log.read(partition, 0, end))
    worker = Worker("profile", TOPICS, log, store, ProfileHandler(RULES))
    while await worker.step(0.01):
        pass
    await worker.close()
    collected = {}
    for topic in (PROFILES, DEAD_LETTERS):
        ends = await log.ends([topic])
        read = [one for p, end in ends.items() for one in await log.read(p, 0, end)]
        collected[topic] = [decode(topic, one.data) for one in read]
    return collected


async def test_changes_of_more_than_a_document_in_all_are_told_one_by_one(
    mongo_store, database_url, tmp_path
):
    found = await fed(mongo_store)
    embedded = SqliteProfileStore(tmp_path / "profile.db")
    expected = await fed(embedded)
    assert found[DEAD_LETTERS] == expected[DEAD_LETTERS] == []
    versions = [one.version.counter for one in found[PROFILES]]
    assert versions == [one.version.counter for one in expected[PROFILES]]
    assert len(versions) > CHANGES
    assert await mongo_store.digest() == await embedded.digest()
    assert _largest_ever(database_url) < LARGEST_DOCUMENT
    await embedded.close()


def _largest_ever(url):
    with MongoClient(url) as client:
        database = client.get_default_database()
        names = database.list_collection_names()
        sizes = [len(str(one)) for name in names for one in database[name].find()]
        return max(sizes)
