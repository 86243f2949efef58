"""Entries that wait are documents of their own, and only what is saved is told."""

import bson
import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.log.topics import PROFILES, RECORDS
from c360_kernel.testing.entries import record_entry
from c360_profile.domain.customer import Customer
from c360_profile.emission import change, uncaused
from c360_profile.store.mongodb.outbox import Outbox
from c360_profile.store.mongodb.sequence import SequenceClock
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.contract import save_customers
from pymongo import MongoClient

pytestmark = pytest.mark.servers
LARGE = "x" * 400_000


@pytest.fixture
async def other(database_url):
    """The store as another process has it."""
    store = open_store(database_url)
    yield store
    await store.close()


def largest_document(url, kind):
    with MongoClient(url) as client:
        found = client.get_default_database()[f"{kind}_0"].find()
        return max(len(bson.encode(document)) for document in found)


async def told_by(store):
    return [decode(PROFILES, out.entry.data) for out in await store.outgoing(1_000)]


async def test_however_much_waits_no_document_grows(mongo_store, database_url):
    for counter in range(1, 46):
        await save_customers(mongo_store, Customer("c1", counter, {"name": f"{counter}{LARGE}"}))
    assert largest_document(database_url, "customers") < 401_000
    assert largest_document(database_url, "outbox") < 4_500_000
    found = await told_by(mongo_store)
    assert [payload.version.counter for payload in found] == list(range(1, 46))


async def test_what_another_process_saved_is_told_as_it_is_now(mongo_store, other):
    await save_customers(other, Customer("c1", 1), Customer("c2", 1))
    await save_customers(other, Customer("c1", 2, {"name": "Ann"}))
    found = await told_by(mongo_store)
    assert [(one.customer, one.version.counter) for one in found] == [("c2", 1), ("c1", 2)]
    await mongo_store.relayed([out.sequence for out in await mongo_store.outgoing(10)])
    assert await told_by(mongo_store) == []


async def put_and_not_saved(store, *customers):
    """What a process leaves that dies, or is overtaken, before its customers are saved."""
    clock = SequenceClock()
    changes = [change(customer, 0, uncaused()) for customer in customers]
    await Outbox(clock).put(await store._connected.get(), clock.next(), changes)


async def test_what_is_not_saved_is_not_told(mongo_store, other):
    await put_and_not_saved(other, Customer("c1", 1, {"name": "never"}))
    await save_customers(mongo_store, Customer("c2", 1))
    for store in (mongo_store, other):
        assert [one.customer for one in await told_by(store)] == ["c2"]


async def test_it_is_dropped_once_another_saved_that_state(mongo_store, other, database_url):
    await put_and_not_saved(other, Customer("c1", 1, {"name": "never"}))
    await save_customers(mongo_store, Customer("c1", 1, {"name": "Ann"}))
    for store in (other, mongo_store):
        assert [one.traits for one in await told_by(store)] == [{"name": "Ann"}]
    await mongo_store.relayed([out.sequence for out in await mongo_store.outgoing(10)])
    with MongoClient(database_url) as client:
        assert client.get_default_database()["outbox_0"].count_documents({}) == 0


async def test_entries_behind_many_that_may_not_be_told_are_reached(mongo_store, other):
    await put_and_not_saved(other, *(Customer(f"x{n}", 1) for n in range(25)))
    await save_customers(mongo_store, *(Customer(f"c{n}", 1) for n in range(5)))
    assert len(await mongo_store.outgoing(5)) == 5
    assert len(await mongo_store.outgoing(3)) == 3


async def test_a_letter_waits_once_however_often_it_is_put(mongo_store):
    entry = entry_at(record_entry("a"), Partition(RECORDS, 0), 0)
    for _ in range(2):
        async with mongo_store.unit() as unit:
            await unit.dead_letter(entry, "profile", "X")
    assert len(await mongo_store.outgoing(10)) == 1
