"""A batch asks the embedded store a few statements, however many records it brings."""

import pytest
from c360_kernel.record import RecordKey
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.consumptions import HANDLER
from c360_profile.testing.entries import assigned, upserted

BATCH = 200
# Of all kinds together: each record is read, saved and folded, and its customer told.
MOST_STATEMENTS = 100


@pytest.fixture
async def store(tmp_path):
    opened = SqliteProfileStore(tmp_path / "profile.db")
    yield opened
    await opened.close()


async def test_new_records_are_folded_in_few_statements(store):
    keys = [RecordKey("crm", f"{n}") for n in range(BATCH)]
    entries = [upserted(key, {"city": "Paris"}, at=1) for key in keys]
    entries += [assigned(key, f"c{key.key}", at=2) for key in keys]
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    async with store.unit() as unit:
        await HANDLER.handle(unit, entries)
    assert len(asked) < MOST_STATEMENTS
    told = await store.outgoing(BATCH)
    assert len(told) == BATCH
    asked.clear()
    store._marks.set_trace_callback(asked.append)
    await store.relayed([one.sequence for one in told])
    assert len(asked) < 5
    assert await store.outgoing(1) == []
