"""Units that run at once over records of the same customers end where one after the other does."""

import asyncio
import random

import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Partition
from c360_kernel.log.topics import IDENTITIES, PROFILES
from c360_kernel.record import RecordKey
from c360_profile.domain.search.search import numbers_of
from c360_profile.store.mongodb.customers import held_numbers
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.consumptions import HANDLER, consume
from c360_profile.testing.entries import assigned, tracked, upserted
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.quality import kept_cells

pytestmark = pytest.mark.servers

ANN, WEB = RecordKey("crm", "a"), RecordKey("web", "a")
HOME = [upserted(ANN, {"city": "A"}, at=5), assigned(ANN, "c1", at=6)]
LEAVES = [assigned(ANN, "c2", at=7, counter=2, left="c1")]
# The city of the older record shows only once the newer one has left.
JOINS = [upserted(WEB, {"city": "B"}, at=1), assigned(WEB, "c1", at=8)]
# Of a source that the customer has, and older: nothing of the customer changes.
OLDER = RecordKey("crm", "b")
ADDS_NOTHING = [upserted(OLDER, {"city": "B"}, at=1), assigned(OLDER, "c1", at=8)]


@pytest.fixture
async def stores(database_url):
    """Several stores over one database, as several processes open them."""
    opened = [open_store(database_url) for _ in range(6)]
    yield opened
    for store in opened:
        await store.close()


async def until_done(store, batch):
    while True:
        try:
            await consume(store, [batch])
        except Conflict:
            await asyncio.sleep(random.random() / 20)
        else:
            return


@pytest.mark.parametrize(("first", "second"), [(LEAVES, JOINS), (JOINS, LEAVES)])
async def test_who_computed_a_customer_without_the_others_record_has_to_repeat(
    stores, first, second
):
    one, other = stores[:2]
    await consume(one, [HOME])
    with pytest.raises(Conflict):
        async with one.unit() as unit:
            await HANDLER.handle(unit, first)
            await consume(other, [second])
    await consume(one, [first])
    assert (await one.customers(["c1"]))["c1"].traits == {"city": "B"}


@pytest.mark.parametrize(("first", "second"), [(LEAVES, JOINS), (JOINS, LEAVES)])
async def test_of_two_that_computed_the_same_customer_the_slower_has_to_repeat(
    stores, first, second
):
    one, other = stores[:2]
    await consume(one, [HOME])
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.handle(slower, first)
            async with other.unit() as faster:
                await HANDLER.handle(faster, second)
    await consume(one, [first])
    assert (await one.customers(["c1"]))["c1"].traits == {"city": "B"}


async def test_who_saves_a_customer_loses_nothing_that_it_is_found_by_since(stores):
    one, other = stores[:2]
    await consume(one, [HOME])
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await HANDLER.handle(slower, JOINS)
            async with other.unit() as faster:
                await faster.seek_by({"c1": {"city": "Shanghai"}})
    await consume(one, [JOINS])
    generation = await one._connected.get()
    numbers = sorted(held_numbers(numbers_of({"city": "Shanghai"})))
    assert (await generation.customers.find_one({"_id": "c1"}))["numbers"] == numbers


async def test_a_customer_that_came_out_unchanged_counts_as_computed(stores):
    one, other = stores[:2]
    await consume(one, [HOME])
    async with one.unit() as unit:
        await HANDLER.handle(unit, ADDS_NOTHING)
        before = (await unit.customers(["c1"]))["c1"]
    assert before.counter == 1
    with pytest.raises(Conflict):
        async with one.unit() as unit:
            await unit.customers(["c1"])
            await unit.linked(["c1"])
            await consume(other, [ADDS_NOTHING])


async def test_units_of_one_position_do_not_both_count(stores):
    place = Partition(IDENTITIES, 0)
    one, other = stores[:2]
    with pytest.raises(Conflict):
        async with one.unit() as slower:
            await slower.advance({place: 0}, {place: 2})
            async with other.unit() as faster:
                await faster.advance({place: 0}, {place: 1})
    assert await one.positions() == {place: 1}
    with pytest.raises(Conflict):
        async with one.unit() as stale:
            await stale.advance({place: 0}, {place: 3})


async def test_positions_of_other_partitions_do_not_disturb(stores):
    first, second = Partition(IDENTITIES, 0), Partition(PROFILES, 1)
    one, other = stores[:2]
    async with one.unit() as unit:
        await unit.advance({first: 0}, {first: 2})
        async with other.unit() as between:
            await between.advance({second: 0}, {second: 9})
    assert await other.positions() == {first: 2, second: 9}


def told_of(key: RecordKey, randomness: random.Random):
    """A record that changes and moves between customers, and what happened to it."""
    at = randomness.randrange(1_000)
    yield tracked(key, f"{key}", at=at)
    for revision in range(1, 4):
        city = randomness.choice("ABCDEF")
        observed = randomness.randrange(50)
        yield upserted(
            key, {"city": city}, at=at + revision, revision=revision, observed_at=observed
        )
    for counter in range(1, 9):
        customer = f"c{randomness.randrange(3)}"
        yield assigned(key, customer, at=at + 10 + counter, counter=counter)


async def test_many_writers_end_each_round_where_one_does(stores):
    randomness = random.Random(7)
    keys = [RecordKey("crm", str(number)) for number in range(len(stores))]
    values = {key: list(told_of(key, randomness)) for key in keys}
    for entries in values.values():
        randomness.shuffle(entries)
    plain = MemoryProfileStore()
    for batches in zip(*values.values(), strict=True):
        async with asyncio.timeout(30):
            writers = zip(stores, batches, strict=True)
            await asyncio.gather(*(until_done(store, [entry]) for store, entry in writers))
        await consume(plain, [batches])
        assert await stores[0].digest() == await plain.digest()
    assert await stores[0].counts() == await plain.counts()
    assert await kept_cells(stores[0]) == await kept_cells(plain)
    await last_told_is_the_state(stores[0])


async def last_told_is_the_state(store):
    last = {}
    for out in await store.outgoing(10_000):
        payload = decode(PROFILES, out.entry.data)
        assert payload.customer not in last or payload.version > last[payload.customer].version
        last[payload.customer] = payload
    assert last == {payload.customer: payload async for payload in store.emissions()}
