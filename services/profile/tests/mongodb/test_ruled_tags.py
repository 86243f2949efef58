"""Tags by rules on MongoDB are those of a batch, and end as they do in the model."""

import pytest
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.ruling import expected_tags, held_tags, ruled_worlds, take_ruled
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.servers
FEW = settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))


@FEW
@given(ruled_worlds())
async def test_live_is_batch_and_ends_as_the_model(fresh_store, world):
    _, batches = world
    model = MemoryProfileStore()
    async with fresh_store() as store:
        for steps in batches:
            await take_ruled(model, steps)
            await take_ruled(store, steps)
            assert await held_tags(store) == await expected_tags(store)
        assert await held_tags(store) == await held_tags(model)
        assert await store.digest() == await model.digest()
