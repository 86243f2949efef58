import itertools
from pathlib import Path

import pytest
from c360_kernel.testing.timers import closing
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.accounts_contract import AccountsContract
from c360_profile.testing.contract import ProfileStoreContract
from c360_profile.testing.facts_contract import FactsContract
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.objects_contract import ObjectsContract
from c360_profile.testing.scoped_contract import ScopedReadingContract
from c360_profile.testing.tags_contract import TagsContract


class TestMemory(
    ProfileStoreContract,
    ScopedReadingContract,
    FactsContract,
    TagsContract,
    ObjectsContract,
    AccountsContract,
):
    @pytest.fixture
    def store(self):
        return MemoryProfileStore()

    @pytest.fixture
    def open_timed(self):
        return lambda: closing(MemoryProfileStore())


class TestSqlite(
    ProfileStoreContract,
    ScopedReadingContract,
    FactsContract,
    TagsContract,
    ObjectsContract,
    AccountsContract,
):
    @pytest.fixture
    async def store(self, tmp_path: Path):
        store = SqliteProfileStore(tmp_path / "profile.db")
        yield store
        await store.close()

    @pytest.fixture
    def open_timed(self, tmp_path: Path):
        numbers = itertools.count()
        return lambda: closing(SqliteProfileStore(tmp_path / f"{next(numbers)}.db"))
