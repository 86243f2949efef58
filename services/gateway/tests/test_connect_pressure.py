"""Deliveries are held back by what waits for their own connector, and by nothing else."""

import sqlite3
from contextlib import closing

import pytest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.doors.connect import pressure
from c360_gateway.doors.connect.pressure import InboxPressure
from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition, partition_of
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.retention import Retention, Trimmer
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import INBOX
from c360_kernel.payload import DeliveryReceived
from c360_kernel.testing.entries import new_entry

OWN = Partition(INBOX, partition_of("shop", 3))
OTHER = next(one for one in "abcdef" if partition_of(one, 3) != OWN.number)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pressure.time, "monotonic", lambda: now[0])
    return now


async def delivered(log, count, name="shop"):
    for n in range(count):
        await log.append([new_entry(INBOX, name, DeliveryReceived(name, str(n), 1, b"{}"))])


async def taken(log, upto):
    async def start():
        return {OWN: upto}

    consumer = log.consumer("connect-shop", (INBOX,), start)
    await consumer.poll(1, 0)
    await consumer.commit({OWN: upto})
    await consumer.close()


async def test_as_many_as_may_wait_hold_back_until_some_are_taken(clock):
    log = MemoryLog()
    pressed = InboxPressure(log, 3)
    await delivered(log, 2)
    await delivered(log, 9, OTHER)
    await pressed.admit("shop", 2)
    await delivered(log, 1)
    await pressed.admit("shop", 2)
    clock[0] += 1
    with pytest.raises(RateLimited, match="3 deliveries wait") as limited:
        await pressed.admit("shop", 2)
    assert limited.value.code == "LAG_LIMITED"
    await taken(log, 1)
    clock[0] += 1
    await pressed.admit("shop", 2)


async def test_what_is_gone_from_the_inbox_waits_for_nobody(clock, monkeypatch):
    log = MemoryLog()
    await delivered(log, 5)
    read = log.read

    async def from_the_third(place, offset, limit):
        return await read(place, max(offset, 3), limit)

    monkeypatch.setattr(log, "read", from_the_third)
    await InboxPressure(log, 3).admit("shop", 2)
    with pytest.raises(RateLimited, match="2 deliveries wait"):
        await InboxPressure(log, 2).admit("shop", 2)


async def test_an_inbox_that_forgets_by_its_size_takes_no_more_of_who_is_behind(clock, tmp_path):
    log = SqliteLog(tmp_path)
    pressed = InboxPressure(log, 1_000)
    await large(log, 1)
    await taken(log, 1)
    await large(log, 12)
    await pressed.admit("shop", 2)
    trim(log, tmp_path)
    clock[0] += 1
    with pytest.raises(RateLimited) as limited:
        await pressed.admit("shop", 2)
    assert limited.value.code == "LAG_LIMITED"
    await taken(log, 13)
    clock[0] += 1
    await pressed.admit("shop", 2)
    await log.close()


async def let_in(pressed, log, size, most=100):
    """Deliver bodies of a size until one is held back; how many were taken."""
    for n in range(most):
        try:
            await pressed.admit("shop", size)
        except RateLimited as limited:
            assert limited.code == "LAG_LIMITED" and limited.retry_after_s > 0
            return n
        await large(log, 1, size)
    return most


@pytest.mark.parametrize("pause_s", [0, 1], ids=["in one second", "each a second later"])
@pytest.mark.parametrize("size", [200, 1_000, 5_000])
async def test_deliveries_are_held_back_before_any_that_waits_is_forgotten(
    clock, tmp_path, size, pause_s
):
    log = SqliteLog(tmp_path, retention=Retention(max_bytes=60_000))
    pressed = InboxPressure(log, 1_000)
    await large(log, 1)
    await taken(log, 1)
    count = 0
    while await let_in(pressed, log, size, 1):
        count += 1
        clock[0] += pause_s
    # Nine tenths of the 20,000 bytes that are its own; of each a thousand are for its frame.
    assert count >= 18_000 // (size + 1_000)
    trim(log, tmp_path)
    assert [one.offset for one in await log.read(OWN, 1, 1)] == [1]
    await taken(log, 1 + count)
    clock[0] += 1
    assert await let_in(pressed, log, size, 1)
    await log.close()


async def test_what_others_bring_into_a_partition_has_nothing_forgotten_either(clock, tmp_path):
    log = SqliteLog(tmp_path, retention=Retention(max_bytes=60_000))
    pressed = InboxPressure(log, 1_000)
    beside = next(f"shop{n}" for n in range(99) if partition_of(f"shop{n}", 3) == OWN.number)
    await pressed.admit("shop", 5_000)
    await large(log, 1)
    await taken(log, 1)
    for _ in range(2):
        await pressed.admit(beside, 5_000)
    with pytest.raises(RateLimited):
        await pressed.admit("shop", 5_000)
    await log.close()


async def test_a_delivery_that_waits_for_nothing_is_taken_however_large_it_is(clock, tmp_path):
    log = SqliteLog(tmp_path, retention=Retention(max_bytes=6_000))
    await InboxPressure(log, 1_000).admit("shop", 5_000)
    await log.close()


async def large(log, count, size=5_000):
    for n in range(count):
        body = b" " * size
        await log.append([new_entry(INBOX, "shop", DeliveryReceived("shop", str(n), 1, body))])


def trim(log, data):
    trimmer = Trimmer(Retention(max_bytes=60_000), log.partitions, lambda: 0)
    trimmer.next_at = 0
    with closing(sqlite3.connect(data / "log.db", isolation_level=None)) as file:
        trimmer.trim(file)


async def test_a_log_that_is_away_holds_nobody_back_here(clock, monkeypatch):
    log = MemoryLog()

    async def away(topics):
        raise Transient("away")

    monkeypatch.setattr(log, "ends", away)
    await InboxPressure(log, 1).admit("shop", 2)
