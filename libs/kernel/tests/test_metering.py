"""Steps of a coroutine are told to whom they were made for, each once, whatever it does."""

import asyncio
import gc
import time

import pytest
from c360_kernel.metering import (
    METER,
    Meter,
    _note_collection,
    leave_out_collections,
    metered,
)


def busy(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.fixture
def spent():
    collected = []
    token = METER.set(Meter(collected.append))
    yield collected
    METER.reset(token)


async def test_work_is_counted_and_waiting_is_not(spent):
    async def work():
        busy(0.01)
        await asyncio.sleep(0.05)
        busy(0.01)
        return "done"

    assert await metered(work()) == "done"
    assert len(spent) == 2
    assert 0.02 <= sum(spent) < 0.04


async def test_a_step_that_has_no_processor_costs_little(spent):
    async def work():
        busy(0.002)
        time.sleep(0.1)  # noqa: ASYNC251 - as a step that the system lets wait

    await metered(work())
    assert 0.002 <= sum(spent) < 0.03


async def test_a_step_within_a_step_counts_once(spent):
    async def inner():
        busy(0.01)
        await asyncio.sleep(0)

    async def outer():
        await metered(inner())

    await metered(outer())
    assert 0.01 <= sum(spent) < 0.02


async def test_tasks_count_where_they_are_metered(spent):
    async def work():
        busy(0.01)

    async def outer():
        await asyncio.gather(*(metered(work()) for _ in range(3)))

    await metered(outer())
    assert 0.03 <= sum(spent) < 0.05


async def test_exceptions_and_cancellation_pass_through(spent):
    async def fails():
        await asyncio.sleep(0)
        raise ValueError("yes")

    with pytest.raises(ValueError, match="yes"):
        await metered(fails())

    ended = asyncio.Event()

    async def waits():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            ended.set()

    task = asyncio.create_task(metered(waits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_who_hangs_up_leaves_no_circle(spent):
    """What is thrown in would else be held by the frames that threw it, with the whole request."""

    async def hang_up():
        task = asyncio.create_task(metered(asyncio.sleep(10)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    await hang_up()
    gc.collect()
    gc.disable()
    try:
        await hang_up()
        await asyncio.sleep(0)
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_without_a_meter_nothing_is_measured():
    async def work():
        return 1

    assert await metered(work()) == 1


class Ring:
    def __init__(self):
        self.itself = self


@pytest.fixture
def old():
    """So many objects that looking through them takes longer than any step here."""
    leave_out_collections()
    kept = [Ring() for _ in range(200_000)]
    yield kept
    gc.callbacks.remove(_note_collection)


async def test_looking_through_what_is_old_is_nobodys_work(spent, old):
    async def work():
        began = time.thread_time()
        gc.collect()
        taken.append(time.thread_time() - began)
        busy(0.005)

    taken = []
    await metered(work())
    assert taken[0] > 0.01
    assert 0.005 <= sum(spent) < 0.005 + taken[0] / 2


async def test_looking_through_what_was_just_made_is_its_own_work(spent, old):
    async def work():
        began = time.thread_time()
        made = [Ring() for _ in range(100_000)]
        between = time.thread_time()
        gc.collect(0)
        ended = time.thread_time()
        taken.extend((between - began, ended - between))
        return len(made)

    taken = []
    gc.disable()
    try:
        await metered(work())
    finally:
        gc.enable()
    making, collecting = taken
    assert sum(spent) >= making + collecting * 0.9
