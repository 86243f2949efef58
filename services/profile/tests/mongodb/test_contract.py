import pytest
from c360_profile.testing.contract import ProfileStoreContract


@pytest.mark.servers
class TestMongo(ProfileStoreContract):
    """The suite over each server that speaks MongoDB's protocol; `store` is in conftest."""

    @pytest.fixture
    def store(self, mongo_store):
        return mongo_store
