"""Any question gets the same answer from the SQLite adapter as from the model."""

import tempfile
from pathlib import Path

from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.questions import assert_answers_as_the_model, populations, questions
from hypothesis import HealthCheck, given, settings


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(populations, questions)
async def test_sqlite_finds_what_the_model_finds(population, asked):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteProfileStore(Path(folder) / "profile.db")
        await assert_answers_as_the_model(store, population, asked)
        await store.close()
