"""`updatedAt`: the last statement that counts, the same in whatever order statements come."""

import pytest
from c360_kernel.log.topics import RECORDS
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_profile.domain.customer import updated_at
from c360_profile.testing.consumptions import CUSTOMERS, consume, consumptions
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import HealthCheck, given, settings

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
ANN, WEB = RecordKey("crm", "ann"), RecordKey("web", "ann")
BOTH = [assigned(ANN, "c1", at=1), assigned(WEB, "c1", at=2)]


async def updates(entries):
    store = await consume(MemoryProfileStore(), [entries])
    return await updates_of(store)


async def updates_of(store):
    linked = await store.linked(CUSTOMERS)
    return {one: updated_at(one, linked.get(one, ())) for one in CUSTOMERS}


@QUICK
@given(consumptions())
async def test_no_order_and_no_batching_changes_it(consumption):
    entries, batches = consumption
    plain = await updates_of(await consume(MemoryProfileStore(), [[entry] for entry in entries]))
    assert await updates_of(await consume(MemoryProfileStore(), batches)) == plain
    stamps = {stamp_ms(one.stamp) for one in entries if one.topic == RECORDS}
    assert set(plain.values()) <= {None, *stamps}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], None),
        ([upserted(ANN, {"name": "Ann"}, at=10)], 10),
        ([upserted(ANN, {"name": "A"}, at=10), upserted(WEB, {"city": "B"}, at=30)], 30),
        # observed long ago, taken now: the sender's clock decides nothing
        ([upserted(ANN, {"name": "A"}, at=10, observed_at=3)], 10),
        # outdated, and said before
        (
            [upserted(ANN, {"name": "A"}, at=10, revision=5), upserted(ANN, {}, at=20, revision=4)],
            10,
        ),
        ([upserted(ANN, {"name": "A"}, at=10), upserted(ANN, {"name": "A"}, at=20)], 10),
        # an older revision holds where nothing newer says anything
        (
            [
                upserted(ANN, {"city": "A"}, at=10, revision=5, removed=[]),
                upserted(ANN, {"name": "A"}, at=20, revision=3, removed=[]),
            ],
            20,
        ),
        # a deletion, and a patch that takes a trait away
        ([upserted(ANN, {"name": "A"}, at=10), upserted(ANN, at=20, revision=2, deleted=True)], 20),
        (
            [
                upserted(ANN, {"city": "A"}, at=10),
                upserted(ANN, at=20, revision=2, removed=["city"]),
            ],
            20,
        ),
    ],
)
async def test_what_counts(statements, expected):
    for entries in ([*BOTH, *statements], [*reversed(statements), *BOTH]):
        assert (await updates(entries))["c1"] == expected


async def test_a_record_that_left_counts_for_its_new_customer_alone():
    moved = assigned(WEB, "c2", at=50, counter=2, left="c1")
    traits = [upserted(ANN, {"name": "A"}, at=10), upserted(WEB, {"city": "B"}, at=30)]
    found = await updates([*BOTH, *traits, moved, upserted(WEB, {"city": "C"}, at=60, revision=2)])
    assert (found["c1"], found["c2"]) == (10, 60)
