"""A busy worker leaves time to whoever waits, and takes all of it when nobody does."""

from __future__ import annotations

import asyncio

import pytest
from c360_kernel.projection import pacing
from c360_kernel.projection.pacing import Foreground, Pace


class Clock:
    """Time that only this test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0
        self.worked = 0.0
        self.slept = 0.0

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.worked += seconds

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio, "sleep", made.sleep)
    return made


def paced(clock: Clock, foreground: Foreground, share: float = 0.25) -> Pace:
    return Pace(foreground, share, lambda: clock.now, lambda: clock.worked)


async def test_alone_a_worker_takes_all_there_is(clock: Clock) -> None:
    pace = paced(clock, Foreground(lambda: clock.now))
    for _ in range(50):
        clock.work(0.5)
        await pace.rest()
    assert clock.slept == 0


async def test_while_somebody_waits_it_keeps_to_its_share(clock: Clock) -> None:
    foreground = Foreground(lambda: clock.now)
    pace = paced(clock, foreground)
    began = clock.now
    with foreground.waiting():
        for _ in range(200):
            clock.work(0.1)
            await pace.rest()
    assert clock.worked / (clock.now - began) == pytest.approx(0.25, rel=0.05)


async def test_a_little_work_is_never_held_up(clock: Clock) -> None:
    foreground = Foreground(lambda: clock.now)
    pace = paced(clock, foreground)
    with foreground.waiting():
        for _ in range(100):
            clock.work(0.01)
            await pace.rest()
            clock.now += 0.05
    assert clock.slept == 0


async def test_what_was_done_alone_is_not_paid_for_later(clock: Clock) -> None:
    foreground = Foreground(lambda: clock.now)
    pace = paced(clock, foreground)
    clock.work(30)
    await pace.rest()
    with foreground.waiting():
        clock.work(0.1)
        await pace.rest()
    assert clock.slept < 0.5


async def test_one_rest_is_bounded(clock: Clock) -> None:
    foreground = Foreground(lambda: clock.now)
    pace = paced(clock, foreground)
    with foreground.waiting():
        clock.work(60)
        await pace.rest()
    assert clock.slept == pacing._LONGEST_S


def test_whoever_was_just_answered_counts_for_a_moment(clock: Clock) -> None:
    foreground = Foreground(lambda: clock.now)
    assert not foreground.is_busy
    with foreground.waiting(), foreground.waiting():
        assert foreground.is_busy
    assert foreground.is_busy
    clock.now += 1
    assert not foreground.is_busy
