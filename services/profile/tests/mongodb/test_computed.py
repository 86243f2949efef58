"""Computed traits on MongoDB are those of a batch, and end as they do in the model."""

from dataclasses import replace

import pytest
from c360_profile.testing.computing import HANDLER, START, expected, held, take, worlds
from c360_profile.testing.consumptions import CUSTOMERS, KEYS
from c360_profile.testing.entries import assigned, tracked
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.servers
FEW = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


async def content(store):
    customers = await store.customers(CUSTOMERS)
    return {name: replace(one, counter=0) for name, one in customers.items()}


@FEW
@given(worlds())
async def test_incremental_is_batch_and_ends_as_the_model(fresh_store, world):
    _, batches = world
    model = MemoryProfileStore()
    async with fresh_store() as store:
        for steps in batches:
            await take(model, steps)
            await take(store, steps)
            assert await held(store) == await expected(store)
        assert await content(store) == await content(model)
        assert await store.digest() == await model.digest()


async def test_an_event_taken_from_a_record_counts_no_more_though_the_unit_was_cut_short(
    mongo_store,
):
    """The event is written, and the process ends before any customer is."""
    first = tracked(KEYS[0], "m1", at=START + 9, properties={"amount": 1.0})
    second = tracked(KEYS[1], "m1", at=START, properties={"amount": 1.0})
    await take(mongo_store, [assigned(KEYS[0], "c1", at=1), assigned(KEYS[1], "c2", at=2), first])
    assert (await held(mongo_store))["c1"]["countEver"] == 1
    with pytest.raises(KeyboardInterrupt):
        async with mongo_store.unit() as unit:
            await HANDLER.handle(unit, [second])
            unit._write_customers = _killed  # pyright: ignore
    await take(mongo_store, [second])
    assert await held(mongo_store) == await expected(mongo_store)
    assert "countEver" not in (await held(mongo_store))["c1"]


async def _killed(*_):
    raise KeyboardInterrupt
