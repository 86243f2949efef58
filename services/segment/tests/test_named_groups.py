"""The groups that buyers of such systems ask for by name, each from who enters to who leaves."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_segment.domain.segments import compile_segments
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import assigned_entry, profile_entry, timed_event_entry

VOCABULARY = """
sources:
  web: {priority: 0}
  mini_program: {priority: 1}
traits:
  lifetimeValue: {type: float, tag: public}
events:
  viewed: {properties: {sku: {type: string, tag: public}, price: {type: float, tag: public}}}
  added: {properties: {sku: {type: string, tag: public}}}
  ordered:
    properties:
      sku: {type: string, tag: public}
      amount: {type: float, tag: public}
      discount: {type: float, tag: public}
  complained: {properties: {}}
segments:
  s: {condition: """
DAY = 86_400_000
BEGIN = 1_709_251_200_000
"""1 March 2024, 08:00 in Shanghai."""

SEVEN_DAYS = """{all: [
  {event: viewed, where: [{property: price, op: at_least, value: 1000}],
   regularly: {every: day, at_least: 7, of: 7, zone: Asia/Shanghai, same: sku}},
  {not: {event: ordered, last: 7 days}}]}"""
ACROSS = """{all: [
  {event: viewed, source: web, where: [{property: sku, op: equals, value: A}], last: 30 days},
  {event: added, source: mini_program, where: [{property: sku, op: equals, value: B}],
   last: 30 days},
  {not: {event: ordered, where: [{property: sku, op: in, value: [A, B]}], last: 30 days}}]}"""
LEFT_OUT = """{all: [{event: viewed}, {not: {any: [
  {event: ordered, last: 30 days}, {event: complained, last: 90 days}]}}]}"""
CHURNING = """{all: [
  {event: ordered, count: {at_least: 2}, last: 90 days, until: 30 days},
  {not: {event: ordered, last: 30 days}}]}"""
SENSITIVE = """{all: [
  {event: ordered, count: {at_least: 2}, where: [{property: discount, op: greater_than, value: 0}]},
  {not: {event: ordered, where: [{property: discount, op: missing}]}}]}"""
VALUABLE = """{any: [
  {trait: lifetimeValue, op: at_least, value: 1000},
  {event: ordered, sum: {property: amount, at_least: 500}, last: 90 days}]}"""
TIER = """{all: [
  {event: ordered, sum: {property: amount, at_least: 100}, this: month, zone: Asia/Shanghai},
  {not: {event: ordered, sum: {property: amount, at_least: 300}, this: month,
   zone: Asia/Shanghai}}]}"""


class Person:
    """One customer with a record in each source, in one segment."""

    def __init__(self, condition):
        segments = compile_segments(parse_catalog(f"{VOCABULARY}{condition}}}", "catalog.yaml"))
        self.store, self.handler, self.said = MemorySegmentStore(), SegmentHandler(segments), 0

    async def begin(self):
        own = [assigned_entry(f"{source}/a", "c1", 0) for source in ("web", "mini_program")]
        await self._take([profile_entry("c1", 0, {}), *own])

    async def does(self, name, day, source="web", **properties):
        self.said += 1
        at = BEGIN + round(day * DAY)
        record = f"{source}/a"
        await self._take([timed_event_entry(record, str(self.said), name, at, at, properties)])

    async def is_member(self, day):
        """Whether it is, once nothing has happened until then."""
        async with self.store.unit() as unit:
            await unit.tick(BEGIN + round(day * DAY))
        while await self._woken():
            pass
        return "s" in (await self.store.segments_of(["c1"])).get("c1", ())

    async def _take(self, entries):
        async with self.store.unit() as unit:
            await self.handler.handle(unit, entries)

    async def _woken(self):
        async with self.store.unit() as unit:
            due = await unit.take_due(10)
            await self.handler.wake(unit, due)
        return due


@pytest.fixture
def person():
    async def made(condition):
        one = Person(condition)
        await one.begin()
        return one

    return made


async def test_seven_days_in_a_row_one_dear_item_and_no_order(person):
    one = await person(SEVEN_DAYS)
    for day in range(6):
        await one.does("viewed", day, sku="A", price=2_000.0)
        await one.does("viewed", day + 0.1, sku="B", price=9.0)
    assert not await one.is_member(5.9)
    await one.does("viewed", 6, sku="A", price=2_000.0)
    assert await one.is_member(6.1)
    assert await one.is_member(7.5), "the eighth day is not over"
    assert not await one.is_member(7.7), "in Shanghai it is"


async def test_another_item_each_day_is_no_row_and_an_order_ends_it(person):
    one = await person(SEVEN_DAYS)
    for day in range(7):
        await one.does("viewed", day, sku="AB"[day % 2], price=2_000.0)
    assert not await one.is_member(6.1)
    other = await person(SEVEN_DAYS)
    for day in range(7):
        await other.does("viewed", day, sku="A", price=2_000.0)
    await other.does("ordered", 6.1, sku="A")
    assert not await other.is_member(6.2)


async def test_viewed_on_the_web_put_in_the_cart_elsewhere_and_bought_neither(person):
    one = await person(ACROSS)
    await one.does("viewed", 0, "web", sku="A")
    await one.does("added", 1, "web", sku="B")
    assert not await one.is_member(1.5)
    await one.does("added", 2, "mini_program", sku="B")
    assert await one.is_member(2.1)
    await one.does("ordered", 3, "web", sku="C")
    assert await one.is_member(3.1)
    await one.does("ordered", 4, "mini_program", sku="A")
    assert not await one.is_member(4.1)
    assert not await one.is_member(35), "the views have run out before the order"


async def test_who_bought_or_complained_is_left_out_until_that_is_long_ago(person):
    one = await person(LEFT_OUT)
    await one.does("viewed", 0)
    assert await one.is_member(0.1)
    await one.does("complained", 1)
    await one.does("ordered", 2)
    assert not await one.is_member(40)
    assert await one.is_member(91)


async def test_about_to_churn(person):
    one = await person(CHURNING)
    await one.does("ordered", 0)
    await one.does("ordered", 10)
    assert not await one.is_member(39.9)
    assert await one.is_member(40)
    assert await one.is_member(89.9)
    assert not await one.is_member(90), "the first order is over, one is not two"


async def test_coming_back_ends_the_churn(person):
    one = await person(CHURNING)
    await one.does("ordered", 0)
    await one.does("ordered", 10)
    assert await one.is_member(45)
    await one.does("ordered", 46)
    assert not await one.is_member(46.1)


async def test_price_sensitive(person):
    one = await person(SENSITIVE)
    await one.does("ordered", 0, discount=5.0)
    await one.does("ordered", 1, discount=1.0)
    assert await one.is_member(2)
    await one.does("ordered", 3)
    assert not await one.is_member(4)


async def test_high_value_by_what_was_spent_lately(person):
    one = await person(VALUABLE)
    await one.does("ordered", 0, amount=300.0)
    await one.does("ordered", 10, amount=200.0)
    assert await one.is_member(89.9)
    assert not await one.is_member(90)


async def test_consumption_tiers_begin_anew_with_the_month(person):
    one = await person(TIER)
    await one.does("ordered", 0, amount=99.5)
    await one.does("ordered", 1, amount=0.5)
    assert await one.is_member(2)
    await one.does("ordered", 3, amount=200.0)
    assert not await one.is_member(4)
    await one.does("ordered", 30.5, amount=150.0)
    assert not await one.is_member(30.6)
    assert not await one.is_member(31.6)
    await one.does("ordered", 32, amount=150.0)
    assert await one.is_member(32.1)
