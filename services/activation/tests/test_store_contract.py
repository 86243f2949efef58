import itertools
import sqlite3
from contextlib import closing

import pytest
from c360_activation.domain.delivery import Outcome
from c360_activation.store.sqlite import SqliteActivationStore
from c360_activation.testing import ActivationStoreContract, MemoryActivationStore
from c360_activation.testing.entries import message


class TestMemoryStore(ActivationStoreContract):
    @pytest.fixture
    def open_store(self):
        return MemoryActivationStore


class TestSqliteStore(ActivationStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        numbers = itertools.count()
        return lambda: SqliteActivationStore(tmp_path / f"{next(numbers)}.db")


async def test_a_file_of_before_rows_were_held_keeps_what_waits(tmp_path):
    path = tmp_path / "activation.db"
    store = SqliteActivationStore(path)
    await store.admit(["mailer"], {})
    async with store.unit() as unit:
        await unit.queue([message("m")])
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        file.executescript("DROP TABLE held; DROP TABLE first_load; PRAGMA user_version=1")
    store = SqliteActivationStore(path)
    (one,) = await store.due("mailer", 1_000, 1)
    assert (one.message.id, one.held) == ("m", "")
    await store.settle(one.number, Outcome("sent", 1, held="h"), 1_000)
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (3,)
