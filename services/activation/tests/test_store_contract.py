import itertools

import pytest
from c360_activation.store.sqlite import SqliteActivationStore
from c360_activation.testing import ActivationStoreContract, MemoryActivationStore


class TestMemoryStore(ActivationStoreContract):
    @pytest.fixture
    def open_store(self):
        return MemoryActivationStore


class TestSqliteStore(ActivationStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        numbers = itertools.count()
        return lambda: SqliteActivationStore(tmp_path / f"{next(numbers)}.db")
