"""A block ends with its time, however that is kept, and nothing else ends it."""

import asyncio
import time

import pytest
from c360_federation.execute import deadline
from c360_federation.execute.deadline import Deadline

SOON_S = 5.0


@pytest.fixture(params=["alone", "together"])
def way(request, monkeypatch):
    """Times with a timer each, and times that are looked at together."""
    monkeypatch.setattr(deadline, "_PRECISE_S", 1.0 if request.param == "alone" else 0.0)
    return request.param


async def endless():
    await asyncio.sleep(SOON_S)


async def test_a_block_that_takes_too_long_is_ended(way):
    began = time.monotonic()
    with pytest.raises(TimeoutError), Deadline(0.05):
        await endless()
    assert 0.05 <= time.monotonic() - began < SOON_S / 2
    assert asyncio.current_task().cancelling() == 0


async def test_a_block_that_is_quick_is_left_alone(way):
    with Deadline(0.3):
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)


async def test_no_time_at_all_is_no_time(way):
    with pytest.raises(TimeoutError), Deadline(0):
        await endless()


async def test_the_inner_one_ends_the_inner_block_alone(way):
    with Deadline(2):
        with pytest.raises(TimeoutError), Deadline(0.05):
            await endless()
        await asyncio.sleep(0.01)


async def test_who_is_cancelled_by_others_stays_cancelled(way):
    async def work():
        with Deadline(SOON_S):
            await endless()

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_many_end_each_at_its_own_time(way):
    async def ended(seconds):
        began = time.monotonic()
        try:
            with Deadline(seconds):
                await endless()
        except TimeoutError:
            return time.monotonic() - began

    seconds = [0.02 * number for number in range(1, 20)]
    took = await asyncio.gather(*map(ended, seconds))
    assert all(left >= right for left, right in zip(took, seconds, strict=True))
    assert max(took) < SOON_S / 2


async def test_long_ones_share_a_timer_and_leave_nothing_behind(monkeypatch):
    loop, timers = asyncio.get_running_loop(), []
    call_later = loop.call_later

    def counted(seconds, callback, *arguments):
        timers.append(callback)
        return call_later(seconds, callback, *arguments)

    monkeypatch.setattr(loop, "call_later", counted)
    for _ in range(100):
        with Deadline(10):
            await asyncio.sleep(0)
    assert len(timers) == 1
    kept = deadline._here.kept
    assert not kept.live
    await asyncio.sleep(0.15)
    assert not kept.is_ticking


def test_each_loop_has_its_own(way):
    async def once():
        with pytest.raises(TimeoutError), Deadline(0.02):
            await endless()

    for _ in range(3):
        asyncio.run(once())
