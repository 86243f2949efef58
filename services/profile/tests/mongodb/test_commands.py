"""A server is asked a few times for a batch, and for nothing where nothing is to be done."""

from collections import Counter

import pytest
from c360_kernel.record import RecordKey
from c360_profile.store.mongodb.current import current_of
from c360_profile.store.mongodb.store import MongoProfileStore
from c360_profile.testing.consumptions import HANDLER
from c360_profile.testing.entries import assigned, upserted
from pymongo import monitoring

pytestmark = pytest.mark.servers
BATCH = 200


class Asked(monitoring.CommandListener):
    def __init__(self):
        self.names = Counter()

    def started(self, event):
        self.names[event.command_name] += 1

    def succeeded(self, event):
        pass

    failed = succeeded


@pytest.fixture
def asked():
    return Asked()


@pytest.fixture
async def store(database_url, asked):
    monitoring.register(asked)
    opened = MongoProfileStore(current_of(database_url))
    monitoring._LISTENERS.command_listeners.remove(asked)
    await opened.positions()
    asked.names.clear()
    yield opened
    await opened.close()


async def test_a_unit_asks_once_where_the_store_stands(store, asked):
    async with store.unit():
        pass
    assert asked.names == {"find": 1}


async def test_a_unit_in_which_nothing_is_due_writes_nothing(store, asked):
    async with store.unit() as unit:
        assert await unit.take_due(10) == []
    assert asked.names == {"find": 2}


async def test_new_records_are_folded_in_few_commands(store, asked):
    keys = [RecordKey("crm", f"{n}") for n in range(BATCH)]
    entries = [upserted(key, {"city": "Paris"}, at=1) for key in keys]
    entries += [assigned(key, f"c{key.key}", at=2) for key in keys]
    async with store.unit() as unit:
        await HANDLER.handle(unit, entries)
    # Where it stands; records and customers, of which there are none; the last step of counting.
    # The step, what waits to be told, records and customers; that all of it is written, and where
    # to go on.
    assert asked.names == {"find": 4, "insert": 4, "update": 2}
    asked.names.clear()
    told = await store.outgoing(2 * BATCH)
    await store.relayed([one.sequence for one in told])
    assert len(told) == BATCH
    assert asked.names == {"find": 1, "delete": 1}


async def test_who_counts_alone_does_not_ask_again_what_it_counted(store, asked):
    for first in (0, BATCH, 2 * BATCH):
        asked.names.clear()
        keys = [RecordKey("crm", f"{first + n}") for n in range(BATCH)]
        entries = [upserted(key, {"city": f"City {key}"}, at=1) for key in keys]
        entries += [assigned(key, f"c{key.key}", at=2) for key in keys]
        async with store.unit() as unit:
            await HANDLER.handle(unit, entries)
    # Where it stands, records and customers; the step, and again that all is written.
    assert asked.names == {"find": 3, "insert": 3, "update": 3}
