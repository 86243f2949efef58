"""Pages of customers by what happened to them and what they carry, whichever way they are made."""

import hashlib
import sqlite3

import pytest
from c360_kernel.conditions.facts import Carrying, Counted, carried_fact, consent_fact, count_fact
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueTest
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.version import Version
from c360_profile.domain.assignment import Assignment
from c360_profile.domain.carried import text_of
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.ordering import in_order, is_between
from c360_profile.domain.query import CustomerQuery, Order, Place
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.store.port import CustomerChange
from c360_profile.store.sqlite import SqliteProfileStore, pages
from c360_profile.store.sqlite.pages import page_of
from c360_profile.store.sqlite.probes import asked_by_id
from c360_profile.store.sqlite.selection import Selection

NUMBER, LIMIT = 1_200, 7
OFTEN, SELDOM = Counted("viewed"), Counted("bought", 100, 200)
CARD, ONE_CARD = Carrying("card"), Carrying("card", "card-30")
FACTS = {
    count_fact(OFTEN): lambda n: n % 3,
    count_fact(SELDOM): lambda n: int(n % 40 == 0),
    carried_fact(CARD): lambda n: int(n % 10 == 0),
    carried_fact(ONE_CARD): lambda n: int(n == 30),
}
CITY = ValueTest("city", "equals", "c7")
GRANTED = ValueTest(consent_fact("ads"), "equals", "granted")
GOLD = ValueTest("tier", "equals", "gold")
BOUGHT = ValueTest(count_fact(SELDOM), "at_least", 1)
VIEWED = count_fact(OFTEN)
SEGMENT = AnyOf((All((CITY, GRANTED)), GOLD))
CONDITIONS = {
    "seldom": BOUGHT,
    "never": Not(BOUGHT),
    "none": ValueTest(VIEWED, "equals", 0),
    "some": ValueTest(VIEWED, "not_equals", 0),
    "once": ValueTest(VIEWED, "equals", 1),
    "twice": ValueTest(VIEWED, "equals", 2),
    "more than one": ValueTest(VIEWED, "greater_than", 1),
    "at most one": ValueTest(VIEWED, "at_most", 1),
    "less than one": ValueTest(VIEWED, "less_than", 1),
    "any number": ValueTest(VIEWED, "exists"),
    "a text": ValueTest(VIEWED, "equals", "2"),
    "a card": ValueTest(carried_fact(CARD), "at_least", 1),
    "one card": ValueTest(carried_fact(ONE_CARD), "at_least", 1),
    "no such card": ValueTest(carried_fact(ONE_CARD), "less_than", 1),
    "a segment": SEGMENT,
    "not in a segment": Not(SEGMENT),
    "a segment, seldom": All((SEGMENT, BOUGHT)),
    "a city, twice": All((CITY, ValueTest(VIEWED, "at_least", 2))),
    "seldom or gold": AnyOf((BOUGHT, GOLD)),
    "half is known": AnyOf((CITY, ValueTest("name", "contains", "9"))),
}
ORDERS = {
    "by id": (),
    "by spend": (Order("spend", descending=True),),
    "by tier, then spend": (Order("tier"), Order("spend")),
}


def customer_of(number):
    id_ = hashlib.sha256(str(number).encode()).hexdigest()
    traits = {"name": f"n{number}", "city": f"c{number % 11}", "spend": number * 7_919 % NUMBER}
    traits["tier"] = "gold" if number % 50 == 0 else "silver" if number % 3 else "bronze"
    is_ended = number % 97 == 0
    consents = {} if is_ended else {"ads": "granted" if number % 2 else "denied"}
    return Customer(id_, 1, {} if is_ended else traits, ended=is_ended, consents=consents)


def record_of(number, customer, deleted=False):
    carried = [Identifier("card", f"card-{number}")] if number % 10 == 0 else []
    latest = Revision(1, "1", 1, deleted, {})
    owned = Assignment(customer.id, Version(0, 1))
    key = RecordKey("crm", f"{number}{'-gone' * deleted}")
    return SourceRecord(key, latest=latest, assignment=owned, carried=text_of(carried))


def events_of(number, record):
    often = [Event(record.key, f"v{number}-{n}", "viewed", n, "1") for n in range(number % 3)]
    at = 150 if number % 40 == 0 else 250
    return [*often, Event(record.key, f"b{number}", "bought", at, "1")]


PEOPLE = [customer_of(number) for number in range(NUMBER)]
KNOWN = [
    {**one.known, **{name: of(number) for name, of in FACTS.items()}}
    for number, one in enumerate(PEOPLE)
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    import asyncio

    file = tmp_path_factory.mktemp("counted") / "profile.db"
    asyncio.run(_fill(file))
    return file


async def _fill(file):
    store = SqliteProfileStore(file)
    async with store.unit() as unit:
        records = [record_of(number, one) for number, one in enumerate(PEOPLE)]
        # What is on a record that is gone does not count.
        gone = [record_of(number, one, deleted=True) for number, one in enumerate(PEOPLE[:60])]
        await unit.save_records([*records, *gone])
        await unit.keep_events(
            [event for n, one in enumerate(records) for event in events_of(n, one)]
            + [Event(one.key, str(one.key), "viewed", 1, "1") for one in gone]
        )
        await unit.save_customers([CustomerChange(one, ()) for one in PEOPLE])
    await store.close()


@pytest.fixture
def connection(path):
    opened = sqlite3.connect(path, isolation_level=None)
    yield opened
    opened.close()


def meeting(condition):
    return [
        one
        for one, known in zip(PEOPLE, KNOWN, strict=True)
        if not one.ended and condition.holds(known)
    ]


@pytest.mark.parametrize("few", [0, 2, 20, 100, 1_000])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CONDITIONS)
def test_a_page_is_the_same_in_every_way(connection, name, order, few):
    condition, orders = CONDITIONS[name], ORDERS[order]
    middle = PEOPLE[501]
    place = Place(tuple(middle.traits[one.trait] for one in orders), middle.id)
    found = in_order(meeting(condition), orders)
    for after, before, from_end in (
        (None, None, False),
        (None, None, True),
        (place, None, False),
        (None, place, True),
    ):
        query = CustomerQuery(condition, orders, after, before, from_end)
        left = [one for one in found if is_between(one, orders, after, before)]
        expected = left[-LIMIT:] if from_end else left[:LIMIT]
        assert page_of(connection, query, LIMIT, few) == expected


@pytest.mark.parametrize("order", ["by spend", "by tier, then spend"])
@pytest.mark.parametrize("more", [(), (SEGMENT,), (GRANTED, BOUGHT)])
def test_so_is_one_that_is_made_from_the_events(connection, monkeypatch, order, more):
    made = []
    monkeypatch.setattr(pages, "_UNSURE", 1e9)
    monkeypatch.setattr(pages, "_PUT_TOGETHER", 0)
    tables = pages.who_has_some_of
    monkeypatch.setattr(
        pages, "who_has_some_of", lambda *named: made.append(named) or tables(*named)
    )
    condition = All((CITY, ValueTest(VIEWED, "at_least", 1), *more))
    orders = ORDERS[order]
    found = in_order(meeting(condition), orders)
    for from_end in (False, True):
        query = CustomerQuery(condition, orders, from_end=from_end)
        expected = found[-LIMIT:] if from_end else found[:LIMIT]
        assert page_of(connection, query, LIMIT, 100) == expected
    assert bool(made) is (BOUGHT not in more)


@pytest.mark.parametrize("name", CONDITIONS)
async def test_so_is_a_number_and_who_is_told_by_an_id(path, connection, name):
    condition = CONDITIONS[name]
    expected = {one.id for one in meeting(condition)}
    store = SqliteProfileStore(path)
    assert await store.count(condition) == len(expected)
    assert set(await store.matching(condition)) == expected
    await store.close()
    select = Selection()
    asked = asked_by_id(condition, "c.id", select)
    if asked is not None:
        sql = f"SELECT id FROM customer c WHERE NOT ended AND {asked}"
        told = connection.execute(sql, select.parameters).fetchall()
        assert {id_ for (id_,) in told} == expected


async def test_a_number_is_told_however_much_is_asked_at_once(path):
    spent = [ValueTest("spend", "at_least", n) for n in range(40)]
    happened = [ValueTest(VIEWED, "at_least", n) for n in (1, 2)] * 10
    named = [ValueTest("name", "starts_with", "n") for _ in range(9)]
    either = [AnyOf((ValueTest(VIEWED, "at_least", 1), CITY, GOLD)) for _ in range(9)]
    store = SqliteProfileStore(path)
    for asked in (spent, happened, named, either, [CITY, *happened, *either, Not(GOLD), GRANTED]):
        condition = All(tuple(asked))
        expected = {one.id for one in meeting(condition)}
        assert await store.count(condition) == len(expected)
        assert set(await store.matching(condition)) == expected
    await store.close()


@pytest.mark.parametrize("name", ["seldom", "never", "one card", "a city, twice", "a segment"])
def test_an_id_is_asked_of_indexes_alone(connection, name):
    select = Selection()
    asked = asked_by_id(CONDITIONS[name], "c.id", select)
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN SELECT 1 FROM customer c WHERE {asked}", select.parameters
    ).fetchall()
    inner = [detail for *_, detail in plan if "SEARCH" in detail]
    assert inner
    for detail in inner:
        assert "COVERING INDEX" in detail or "PRIMARY KEY" in detail, detail


async def test_a_record_that_is_deleted_or_comes_back_is_so_in_the_index(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    one = customer_of(40)
    record = record_of(40, one)
    async with store.unit() as unit:
        await unit.save_records([record])
        await unit.keep_events(events_of(40, record))
        await unit.save_customers([CustomerChange(one, ())])
    for number, deleted in ((2, True), (3, False)):
        held = (await store.records([record.key]))[record.key]
        again = Revision(number, str(number), number, deleted, {})
        async with store.unit() as unit:
            await unit.save_records([_with(held, again)])
        assert await store.count(BOUGHT) == int(not deleted)
        assert [c.id for c in await store.page(CustomerQuery(BOUGHT), 3)] == [one.id][deleted:]
    await store.close()


def _with(record, latest):
    from dataclasses import replace

    return replace(record, latest=latest)
