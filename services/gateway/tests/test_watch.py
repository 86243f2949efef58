"""Watching over a real log: who hears what, how slow they may be, and when the log is away."""

import asyncio
import contextlib
import dataclasses

import pytest
from c360_gateway.watch.customers import CustomerWatch
from c360_gateway.watch.errors import Closing, Overrun
from c360_gateway.watch.places import Places
from c360_gateway.watch.segments import SegmentWatch
from c360_gateway.watch.tail import Tail
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import MembershipChanged, ProfileChanged
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from hypothesis import given, settings
from hypothesis import strategies as st

SOON_S = 60


class Fragile:
    """A log that can be made to fail, and counts how often entries are read from it."""

    def __init__(self, log):
        self.log = log
        self.failure = None
        self.failed = 0
        self.batches = 0
        self.begun = 0

    async def ends(self, topics):
        self._answer()
        found = await self.log.ends(topics)
        self.begun += 1
        return found

    async def read(self, partition, offset, limit):
        self._answer()
        entries = await self.log.read(partition, offset, limit)
        self.batches += bool(entries)
        return entries

    async def changed(self, timeout_s):
        await self.log.changed(timeout_s)

    async def append(self, entries):
        return await self.log.append(entries)

    def _answer(self):
        if self.failure is not None:
            self.failed += 1
            raise self.failure


@pytest.fixture
async def log(tmp_path):
    made = SqliteLog(tmp_path)
    yield Fragile(made)
    await made.close()


@pytest.fixture
def customers(log):
    return CustomerWatch(log)


@pytest.fixture
def segments(log):
    return SegmentWatch(log, Places(log, SEALER), most_waiting=3)


def profile(customer, counter, ended=False, successor=""):
    payload = ProfileChanged(customer, Version(0, counter), {}, ended, successor)
    return new_entry(PROFILES, customer, payload)


def merged(customer, counter, successor):
    return profile(customer, counter, ended=True, successor=successor)


def member(customer, counter, segment="vip"):
    payload = MembershipChanged(customer, segment, Version(0, counter), counter % 2 == 1, 1_000)
    return new_entry(MEMBERSHIPS, customer, payload)


async def itself(customer):
    return customer


async def until(true):
    async with asyncio.timeout(SOON_S):
        while not true():
            await asyncio.sleep(0.005)


@dataclasses.dataclass
class Reader:
    """Somebody who takes all that comes."""

    changes: list
    task: asyncio.Task

    async def has(self, *expected):
        await until(lambda: len(self.changes) >= len(expected) or self.task.done())
        assert self.changes == list(expected)


@contextlib.asynccontextmanager
async def reading(log, changes, of=lambda change: change):
    """A reader whose subscription has begun."""
    received = []
    before = log.begun

    async def read():
        async with contextlib.aclosing(changes):
            async for change in changes:
                received.append(of(change))

    task = asyncio.create_task(read())
    await until(lambda: log.begun > before or task.done())
    try:
        yield Reader(received, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def changes_of(customers, customer, present=itself):
    async with customers.watching(customer, present) as watched:
        async for seen in watched.changes():
            yield seen


def reading_customer(log, customers, customer, present=itself):
    return reading(log, changes_of(customers, customer, present), lambda seen: seen.customer)


def reading_segment(log, segments, segment="vip"):
    return reading(
        log, segments.changes(segment), lambda heard: (heard.told.customer, heard.told.member)
    )


async def test_each_watcher_hears_of_its_own_customer(log, customers):
    async with (
        reading_customer(log, customers, "c1") as one,
        reading_customer(log, customers, "c1") as other,
        reading_customer(log, customers, "c2") as third,
    ):
        await log.append([profile("c1", 1), profile("c2", 1), profile("c3", 1)])
        await one.has("c1")
        await other.has("c1")
        await log.append([profile("c1", 2)])
        await one.has("c1", "c1")
        await other.has("c1", "c1")
        await third.has("c2")
        assert log.batches <= 4  # whoever heard of it, an entry is read once


async def test_what_was_told_before_is_not_heard(log, customers):
    await log.append([profile("c1", 1)])
    async with reading_customer(log, customers, "c1") as reader:
        await log.append([profile("c1", 2)])
        await reader.has("c1")


async def test_what_another_process_appends_is_heard(log, customers, tmp_path):
    other = SqliteLog(tmp_path)
    async with reading_customer(log, customers, "c1") as reader:
        await other.append([profile("c1", 1)])
        await reader.has("c1")
    await other.close()


async def test_a_merge_is_followed_and_also_taken_back(log, customers):
    async with reading_customer(log, customers, "c2") as reader:
        await log.append([merged("c2", 2, "c1")])
        await reader.has("c1")
        await log.append([profile("c1", 3)])
        await reader.has("c1", "c1")
        await log.append([profile("c2", 3)])
        await reader.has("c1", "c1", "c2")
        await log.append([profile("c1", 4)])
        await log.append([profile("c2", 4)])
        await reader.has("c1", "c1", "c2", "c2")


async def test_an_id_of_the_past_stands_for_whom_it_became(log, customers):
    async def present(customer):
        return {"old": "c1"}[customer]

    async with reading_customer(log, customers, "old", present) as reader:
        await log.append([profile("c1", 7)])
        await reader.has("c1")
        await log.append([merged("old", 3, "c5")])
        await reader.has("c1", "c5")


async def test_a_customer_whose_records_are_gone_is_nobody_until_they_come_back(log, customers):
    async with reading_customer(log, customers, "c1") as reader:
        await log.append([profile("c1", 2, ended=True)])
        await reader.has("")
        await log.append([profile("c1", 3)])
        await reader.has("", "c1")


async def test_who_is_slow_gets_the_newest_state_of_a_customer(log, customers):
    changes = changes_of(customers, "c1")
    async with contextlib.aclosing(changes):
        first = asyncio.ensure_future(anext(changes))
        await until(lambda: log.begun)
        await log.append([profile("c1", 1)])
        assert (await first).version == Version(0, 1)
        async with reading_customer(log, customers, "c1") as quick:
            for counter in range(2, 6):
                await log.append([profile("c1", counter)])
            await log.append([merged("c1", 6, "c2")])
            await until(lambda: quick.changes[-1:] == ["c2"])
        async with asyncio.timeout(SOON_S):
            seen = await anext(changes)
    assert (seen.customer, seen.version) == ("c2", Version(0, 6))


async def test_a_segment_is_heard_event_by_event(log, segments):
    async with (
        reading_segment(log, segments) as vip,
        reading_segment(log, segments, "new") as new,
    ):
        await log.append([member("c1", 1), member("c2", 1, "new"), member("c1", 2)])
        await vip.has(("c1", True), ("c1", False))
        await new.has(("c2", True))


async def test_who_is_too_slow_for_a_segment_is_told_so_and_no_one_else(log, segments):
    slow = segments.changes("vip")
    async with contextlib.aclosing(slow):
        first = asyncio.ensure_future(anext(slow))
        await until(lambda: log.begun)
        async with reading_segment(log, segments) as quick:
            for counter in range(1, 6):
                await log.append([member("c1", counter)])
                await until(lambda: len(quick.changes) == counter)  # noqa: B023 - awaited here
            await first
            with pytest.raises(Overrun) as refusal:
                await anext(slow)
            assert refusal.value.code == "SUBSCRIPTION_OVERRUN"
            await log.append([member("c1", 6)])
            await until(lambda: len(quick.changes) == 6)


async def test_as_many_events_wait_as_the_limit_says(log, segments):
    changes = segments.changes("vip")
    async with contextlib.aclosing(changes):
        first = asyncio.ensure_future(anext(changes))
        await until(lambda: log.begun)
        await log.append([member(f"c{n}", 1) for n in range(3)])
        await first
        found = [await anext(changes), await anext(changes)]
        assert len({heard.told.customer for heard in found}) == 2


async def test_an_outage_of_the_log_loses_and_doubles_nothing(log, segments):
    async with reading_segment(log, segments) as reader:
        await log.append([member("c1", 1)])
        await reader.has(("c1", True))
        log.failure = Transient("away")
        await until(lambda: log.failed)
        await log.append([member("c1", 2), member("c1", 3)])
        failed = log.failed
        await until(lambda: log.failed > failed + 1)
        assert len(reader.changes) == 1
        log.failure = None
        await log.append([member("c1", 4)])
        await reader.has(("c1", True), ("c1", False), ("c1", True), ("c1", False))


async def test_a_subscription_made_during_an_outage_begins_after_it(log, customers):
    log.failure = Transient("away")
    changes = changes_of(customers, "c1")
    async with contextlib.aclosing(changes):
        first = asyncio.ensure_future(anext(changes))
        await until(lambda: log.failed > 1)
        log.failure = None
        await until(lambda: log.begun)
        await log.append([profile("c1", 1)])
        async with asyncio.timeout(SOON_S):
            assert (await first).customer == "c1"


def tails():
    return sum(
        task.get_coro().__qualname__ == Tail._run.__qualname__ for task in asyncio.all_tasks()
    )


async def test_the_last_to_leave_stops_the_reading(log, customers, segments):
    async with reading_customer(log, customers, "c1"), reading_segment(log, segments):
        async with reading_customer(log, customers, "c1"):
            assert tails() == 2
        await log.append([profile("c1", 1)])
        assert tails() == 2
    assert tails() == 0
    await log.append([profile("c1", 2)])
    async with reading_customer(log, customers, "c1") as reader:
        await log.append([profile("c1", 3)])
        await reader.has("c1")


async def test_what_a_service_tells_twice_is_heard_once(log, customers, segments):
    async with (
        reading_customer(log, customers, "c1") as customer,
        reading_segment(log, segments) as segment,
    ):
        for entry in (profile, member):
            await log.append([entry("c1", n) for n in (1, 2)])
            await log.append([entry("c1", n) for n in (1, 2, 3)])
        await segment.has(("c1", True), ("c1", False), ("c1", True))
        assert len(customer.changes) <= 3


async def test_an_entry_that_cannot_be_read_is_left_out(log, customers, caplog):
    async with reading_customer(log, customers, "c1") as reader:
        await log.append([dataclasses.replace(profile("c1", 1), data=b"\xff\xff")])
        await log.append([profile("c1", 2)])
        await reader.has("c1")
    assert "PAYLOAD_MALFORMED" in caplog.text


async def test_any_other_error_ends_the_subscriptions_and_not_those_to_come(log, segments):
    async with reading_segment(log, segments) as reader:
        log.failure = Invalid("broken", code="STORE_STATEMENT")
        with pytest.raises(Invalid):
            async with asyncio.timeout(SOON_S):
                await reader.task
    log.failure = None
    async with reading_segment(log, segments) as reader:
        await log.append([member("c1", 1)])
        await reader.has(("c1", True))


async def test_a_process_that_stops_ends_its_subscriptions(log, customers, segments):
    async with (
        reading_customer(log, customers, "c1") as customer,
        reading_segment(log, segments) as segment,
    ):
        await customers.close(Closing())
        await segments.close(Closing())
        for reader in (customer, segment):
            with pytest.raises(Closing) as refusal:
                await reader.task
            assert refusal.value.code == "SUBSCRIPTION_CLOSED"
        assert tails() == 0


steps = st.lists(
    st.one_of(
        st.just("next"),
        st.integers(1, 3).map(lambda back: -back),
        st.sampled_from(["take", "turn"]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_who_reads_at_leisure_ends_with_the_last_version(steps):
    """Versions are told in order, some of them again, while the watcher reads now and then."""
    asyncio.run(_at_leisure(steps))


async def _at_leisure(steps):
    log = Fragile(MemoryLog())
    customers = CustomerWatch(log)
    changes = changes_of(customers, "c1")
    seen, stated = [], 1
    async with contextlib.aclosing(changes), asyncio.timeout(SOON_S):
        waiting = asyncio.ensure_future(anext(changes))
        await until(lambda: log.begun)
        await log.append([profile("c1", stated)])
        for step in steps:
            if step == "next":
                stated += 1
                await log.append([profile("c1", stated)])
            elif step == "turn":
                await asyncio.sleep(0.02)
            elif step == "take" and waiting.done():
                seen.append((await waiting).version)
                waiting = asyncio.ensure_future(anext(changes))
            elif isinstance(step, int):
                await log.append([profile("c1", max(1, stated + step))])
        while not seen or seen[-1] < Version(0, stated):
            seen.append((await waiting).version)
            waiting = asyncio.ensure_future(anext(changes))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert seen == sorted(set(seen))
    assert seen[-1] == Version(0, stated)
