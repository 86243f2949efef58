"""A page takes about as many steps among many customers as among few."""

import hashlib
import sqlite3

import pytest
from c360_kernel.conditions.tree import EVERYBODY, NOBODY, All, ValueTest
from c360_profile.domain.customer import Customer
from c360_profile.domain.ordering import in_order, is_between
from c360_profile.domain.query import CustomerQuery, Order, Place
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.store.sqlite.pages import page_of
from c360_profile.testing.contract import save_customers

SMALL, LARGE = 2_000, 16_000
FEW = 50
LIMIT = 5
TIERS = ["bronze"] * 60 + ["silver"] * 30 + ["gold"] * 9 + ["platinum"]

BRONZE = ValueTest("tier", "equals", "bronze")
CITY = ValueTest("city", "equals", "c7")
CLUB = ValueTest("club", "equals", 7)
LITTLE = ValueTest("spend", "less_than", 0.02)
DEAR, TIER, POINTS = Order("spend", descending=True), Order("tier"), Order("points")
NEAR_BEGIN = Place((0.001,), "")
QUESTIONS = {
    "nobody left out": CustomerQuery(EVERYBODY, (DEAR,)),
    "a common value": CustomerQuery(BRONZE, (DEAR,)),
    "a common value, the last ones": CustomerQuery(BRONZE, (DEAR,), from_end=True),
    "many equals": CustomerQuery(EVERYBODY, (TIER, DEAR)),
    "many equals, the last ones": CustomerQuery(EVERYBODY, (TIER, DEAR), from_end=True),
    "many equals within many": CustomerQuery(EVERYBODY, (POINTS, TIER, DEAR)),
    "many equals, further in": CustomerQuery(
        EVERYBODY, (TIER, DEAR), after=Place(("gold", 0.5), "")
    ),
    "equal to a place": CustomerQuery(BRONZE, (TIER,), after=Place(("bronze",), "8")),
    "a city in another order": CustomerQuery(CITY, (DEAR,)),
    "a city, many equals": CustomerQuery(CITY, (TIER, DEAR)),
    "its own order": CustomerQuery(LITTLE, (Order("spend"),)),
    "a range in another order": CustomerQuery(LITTLE, (Order("points"), DEAR)),
    "a range by id": CustomerQuery(LITTLE),
    "a city by id": CustomerQuery(All((BRONZE, CITY))),
    "a choice in its own order": CustomerQuery(
        ValueTest("city", "in", ("c3", "c9")), (Order("city"),)
    ),
    "before a place near the beginning": CustomerQuery(
        EVERYBODY, (Order("spend"),), before=NEAR_BEGIN
    ),
    "nobody": CustomerQuery(NOBODY, (DEAR,)),
    "what nobody lacks": CustomerQuery(ValueTest("tier", "missing"), (DEAR,)),
    "none is left in the order": CustomerQuery(
        ValueTest("rank", "less_than", 4_000), (Order("rank"),), after=Place((3_997,), "")
    ),
    "a city and a range": CustomerQuery(
        All((CITY, ValueTest("spend", "less_than", 0.1))), (POINTS, DEAR)
    ),
    "two that few have together": CustomerQuery(All((CITY, CLUB)), (DEAR,)),
}


async def _filled(path, size):
    store = SqliteProfileStore(path)
    for start in range(0, size, 1_000):
        await save_customers(store, *(_customer(n, size) for n in range(start, start + 1_000)))
    await store.close()
    return sqlite3.connect(path, isolation_level=None)


def _customer(number, size):
    id_ = hashlib.sha256(str(number).encode()).hexdigest()
    traits = {
        "tier": TIERS[number % 100],
        "city": f"c{number // 100 % 100}",
        "spend": number * 7_919 % size / size,
        "points": number % 7,
        "club": number % 97,
    }
    return Customer(id_, 1, {**traits, "rank": number} if number % 2 else traits)


def _steps(connection, query):
    """How many hundreds of instructions SQLite takes for a page."""
    taken = []
    connection.set_progress_handler(lambda: taken.append(1), 100)
    page_of(connection, query, LIMIT, FEW)
    connection.set_progress_handler(None, 0)
    return len(taken)


PEOPLE = [_customer(number, SMALL) for number in range(SMALL)]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    import asyncio

    folder = tmp_path_factory.mktemp("pages")
    made = [asyncio.run(_filled(folder / f"{size}.db", size)) for size in (SMALL, LARGE)]
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_takes_as_long_among_many(stores, name):
    small, large = (_steps(one, QUESTIONS[name]) for one in stores)
    assert large < 2 * small + 400, (small, large)


@pytest.mark.parametrize("few", [0, 2, 10, 50, 400])
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_is_the_same_in_every_way(stores, name, few):
    query = QUESTIONS[name]
    meeting = [one for one in PEOPLE if query.condition.holds(one.known)]
    ends = query.orders, query.after, query.before
    expected = [one for one in in_order(meeting, query.orders) if is_between(one, *ends)]
    page = expected[-LIMIT:] if query.from_end else expected[:LIMIT]
    assert page_of(stores[0], query, LIMIT, few) == page
