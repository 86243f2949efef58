"""What is read by several statements is of one moment, whatever is committed between them."""

import sqlite3

from c360_kernel.record import RecordKey
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.consumptions import consume
from c360_profile.testing.entries import assigned, upserted

KEY = RecordKey("crm", "a")


async def test_a_record_that_goes_while_it_is_read_is_read_as_it_was(tmp_path):
    path = tmp_path / "profile.db"
    store, other = SqliteProfileStore(path), sqlite3.connect(path, isolation_level=None)
    whole = upserted(KEY, {"city": "Paris", "name": "Ann"}, at=1)
    patch = upserted(KEY, {"city": "Lyon"}, at=2, revision=2, removed=())
    await consume(store, [[whole, patch, assigned(KEY, "c1", at=3)]])
    before = await store.said_now(["c1"])
    reads = []

    def traced(statement):
        reads.append("FROM json_each" in statement)
        if sum(reads) == 2:
            other.execute("DELETE FROM record")

    store.connection.set_trace_callback(traced)
    assert await store.said_now(["c1"]) == before != {}
    store.connection.set_trace_callback(None)
    assert sum(reads) == 2
    assert not store.connection.in_transaction
    assert await store.said_now(["c1"]) == {}
    async with store.unit():
        assert await store.said_now(["c1"]) == {}
    other.close()
    await store.close()
