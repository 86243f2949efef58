import pytest
from c360_profile.testing.accounts_contract import AccountsContract
from c360_profile.testing.contract import ProfileStoreContract
from c360_profile.testing.facts_contract import FactsContract
from c360_profile.testing.objects_contract import ObjectsContract
from c360_profile.testing.scoped_contract import ScopedReadingContract
from c360_profile.testing.tags_contract import TagsContract


@pytest.mark.servers
class TestMongo(
    ProfileStoreContract,
    ScopedReadingContract,
    FactsContract,
    TagsContract,
    ObjectsContract,
    AccountsContract,
):
    """The suite over each server that speaks MongoDB's protocol; `store` is in conftest."""

    timed_examples = 8

    @pytest.fixture
    def store(self, mongo_store):
        return mongo_store

    @pytest.fixture
    def open_timed(self, fresh_store):
        return fresh_store
