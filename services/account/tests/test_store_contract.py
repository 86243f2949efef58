import itertools

import pytest
from c360_account.store.sqlite import SqliteAccountStore
from c360_account.testing import AccountStoreContract, MemoryAccountStore
from c360_account.testing.entries import ACCOUNT_ID
from c360_account.testing.laws_contract import LawsContract
from c360_account.testing.scoped_contract import ScopedReadingContract


class TestMemoryStore(AccountStoreContract, LawsContract, ScopedReadingContract):
    @pytest.fixture
    def open_store(self):
        return lambda: MemoryAccountStore(ACCOUNT_ID)


class TestSqliteStore(AccountStoreContract, LawsContract, ScopedReadingContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        numbers = itertools.count()
        return lambda: SqliteAccountStore(tmp_path / f"{next(numbers)}.db", ACCOUNT_ID)
