"""Any search finds in the SQLite adapter whom it finds in the model."""

import tempfile
from pathlib import Path

import pytest
from c360_profile.domain.search import search
from c360_profile.store.sqlite import SqliteProfileStore, searching, sought
from c360_profile.testing.searches import assert_finds_as_the_model, searches, states
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MANY = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))


# At places of their own, and all customers at two places; by all words, and by the rare ones.
@MANY
@given(states, searches, st.booleans(), st.sampled_from([0, 1, 2, searching.ENOUGH]))
async def test_sqlite_finds_whom_the_model_finds(told, wanted, crowded, enough):

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(searching, "ENOUGH", enough)
        if crowded:
            for module in (search, sought):
                patched.setattr(module, "place_of_id", lambda id_: len(id_) + ord(id_[-1]) % 2)
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await assert_finds_as_the_model(store, told, wanted)
        await store.close()
