"""The embedded index of golden values holds what customers have, whatever they had before."""

from itertools import pairwise

import pytest
from c360_profile.domain.customer import Customer
from c360_profile.store.port import CustomerChange
from c360_profile.store.sqlite import SqliteProfileStore

STATES = (
    {"city": "Paris", "points": 1, "tags": ("vip", "new")},
    {"city": "Paris", "points": True, "tags": ("vip",)},
    {"city": "Lyon", "points": 1.0},
    {"points": 1, "tags": ()},
    {},
    {"city": "", "points": 2**63, "tags": ("vip",)},
    None,
    {"city": "Paris", "consents": {"marketing": "granted"}},
    {"city": "Paris", "consents": {"marketing": "expired", "service": "denied"}},
    {"city": "Paris", "sources": ("crm", "web")},
    {"city": "Paris", "sources": ("web",)},
    {"city": "Paris"},
)


@pytest.fixture
async def open_store(tmp_path):
    opened = []

    def open_one():
        opened.append(SqliteProfileStore(tmp_path / f"profile{len(opened)}.db"))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.close()


def states(store):
    """Rows and counts; 1 and 1.0 are one value."""
    values = store.rows("SELECT trait, value FROM golden WHERE customer='c'")
    return set(values), store.rows("SELECT * FROM tally WHERE number<>0 ORDER BY trait")


def change(traits, counter):
    held = dict(traits or {})
    facts = held.pop("consents", {}), held.pop("sources", ())
    return CustomerChange(Customer("c", counter, held, traits is None, "", (), *facts), ())


@pytest.mark.parametrize(("before", "after"), [*pairwise(STATES), *pairwise(STATES[::-1])])
@pytest.mark.parametrize("units", [1, 2])
async def test_of_a_saved_customer_the_index_holds_the_last_state(open_store, before, after, units):
    walked, straight = open_store(), open_store()
    async with walked.unit() as unit:
        await unit.save_customers([change(before, 1)])
        if units == 1:
            await unit.save_customers([change(after, 2)])
    if units == 2:
        async with walked.unit() as unit:
            await unit.save_customers([change(after, 2)])
    async with straight.unit() as unit:
        await unit.save_customers([change(after, 1)])
    assert states(walked) == states(straight)


async def test_a_unit_reads_the_customer_that_it_saved(open_store):
    async with open_store().unit() as unit:
        assert await unit.customers(["c"]) == {}
        for number, traits in enumerate(STATES, start=1):
            saved = change(traits, number)
            await unit.save_customers([saved])
            assert await unit.customers(["c"]) == {"c": saved.customer}


async def test_a_customer_that_is_saved_was_read_once(open_store):
    store = open_store()
    async with store.unit() as unit:
        await unit.save_customers([change({"city": "Paris"}, 1)])
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    async with store.unit() as unit:
        await unit.customers(["c"])
        await unit.save_customers([change({"city": "Lyon"}, 2)])
    assert len([sql for sql in asked if "FROM customer" in sql]) == 1
