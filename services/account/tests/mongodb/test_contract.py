import pytest
from c360_account.testing import AccountStoreContract
from c360_account.testing.laws_contract import LawsContract
from c360_account.testing.scoped_contract import ScopedReadingContract


@pytest.mark.servers
class TestMongo(AccountStoreContract, LawsContract, ScopedReadingContract):
    """The suite over each server that speaks MongoDB's protocol."""

    @pytest.fixture
    def open_store(self, open_fresh):
        return open_fresh
